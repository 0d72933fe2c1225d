import RPCClient from '@alicloud/pop-core';

type Parameters = Readonly<Record<string, string | number | boolean | object[] | undefined>>;

export interface ChildInstance {
  CenId: string;
  ChildInstanceId: string;
  ChildInstanceRegionId: string;
  ChildInstanceOwnerId: number;
  ChildInstanceName: string;
  Status: string;
}

/** What of all CEN's answers the tests read. */
interface Answer extends ChildInstance {
  TotalCount: number;
  Cens: { Cen: { CenId: string; Name: string; Description: string; Status: string; ProtectionLevel: string }[] };
  ChildInstances: { ChildInstance: ChildInstance[] };
}

/** CEN through the vendor's RPC client. */
export type CbnClient = (action: string, parameters?: Parameters) => Promise<Answer>;

export function cbnClient(
  endpoint: string,
  { accessKeyId, accessKeySecret }: { accessKeyId: string; accessKeySecret: string },
): CbnClient {
  const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint, apiVersion: '2017-09-12' });
  return (action, parameters = {}) => client.request<Answer>(action, parameters, { method: 'POST', timeout: 60_000 });
}
