import RPCClient from '@alicloud/pop-core';

type Parameters = Readonly<Record<string, string | number | boolean | object[] | undefined>>;

interface End {
  VpcId: string;
  Ipv4Cidrs: string[];
  Ipv6Cidrs: string[];
}

export interface Peer {
  InstanceId: string;
  Name: string;
  Description: string;
  Status: string;
  BizStatus: string;
  Bandwidth: number;
  ResourceGroupId: string;
  /** The client reads large numbers as objects of its own, which are written as texts. */
  OwnerId: string;
  RegionId: string;
  Vpc: End;
  AcceptingOwnerUid: string;
  AcceptingRegionId: string;
  AcceptingVpc: End;
  GmtCreate: string;
  GmtModified: string;
  GmtExpired?: string;
}

interface Answer extends Peer {
  VpcPeerConnects: Peer[];
  TotalCount: number;
  MaxResults: number;
  NextToken: string;
}

/** VPC peering by the vendor's RPC client; its own SDK is in no registry for Node. What is refused has a `statusCode`, as with the SDKs. */
export type VpcPeerClient = (action: string, parameters?: Parameters) => Promise<Answer>;

export function vpcPeerClient(
  endpoint: string,
  { accessKeyId, accessKeySecret }: { accessKeyId: string; accessKeySecret: string },
): VpcPeerClient {
  const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint, apiVersion: '2022-01-01' });
  return async (action, parameters = {}) => {
    try {
      const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
      const answer = await client.request<Answer>(action, given, { method: 'POST', timeout: 60_000 });
      return JSON.parse(JSON.stringify(answer));
    } catch (error) {
      const { entry } = error as { entry?: { response: { statusCode: number } } };
      throw entry ? Object.assign(error as Error, { statusCode: entry.response.statusCode }) : error;
    }
  };
}
