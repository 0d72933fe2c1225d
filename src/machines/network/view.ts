import type { Direction, Rule } from '../../rules/securityGroupRules.ts';

/** What a network shall be like, as the records say: the wish that a network brings about, as often as it is asked. */
export interface NetworkView {
  vpcs: readonly VpcView[];
  /** Those that guests are in, or that rules of such name, by id. */
  groups: ReadonlyMap<string, GroupView>;
  /** What VPCs reach of each other. */
  routes: readonly VpcRoute[];
}

/** What a VPC's guests send to an address of the block goes to another VPC: of two that hold it, by the smaller. One way; the answer takes a route back. */
export interface VpcRoute {
  vpcId: string;
  cidrBlock: string;
  toVpcId: string;
}

export interface VpcView {
  id: string;
  cidrBlock: string;
  /** Those that guests are in. */
  vSwitches: readonly { id: string; cidrBlock: string }[];
  guests: readonly GuestView[];
}

export interface GuestView {
  instanceId: string;
  vSwitchId: string;
  macAddress: string;
  privateIp: string;
  publicIp: string | null;
  groupIds: readonly string[];
  /** Hops that what the metadata service answers may take; null: as usual. */
  hopLimit: number | null;
}

export interface GroupView {
  id: string;
  type: 'normal' | 'enterprise';
  innerAccessPolicy: 'Accept' | 'Drop';
  rules: readonly (Rule & { direction: Direction })[];
}

export interface NetworkSource {
  /** The network around the instances of these ids. */
  view(instanceIds: readonly string[]): Promise<NetworkView>;
}
