import type { Flag } from '../schema.ts';

export interface VpcRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  cidrBlock: string;
  status: 'Pending' | 'Available';
  vRouterId: string;
  routeTableId: string;
  isDefault: Flag;
  resourceGroupId: string;
  createdAt: number;
}

export interface VSwitchRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  vpcId: string;
  name: string;
  description: string;
  cidrBlock: string;
  status: 'Pending' | 'Available';
  isDefault: Flag;
  resourceGroupId: string;
  createdAt: number;
}

export interface SecurityGroupRow {
  id: string;
  accountId: string;
  regionId: string;
  /** null: classic network. */
  vpcId: string | null;
  name: string;
  description: string;
  type: 'normal' | 'enterprise';
  innerAccessPolicy: 'Accept' | 'Drop';
  resourceGroupId: string;
  createdAt: number;
}

export interface SecurityGroupRuleRow {
  id: string;
  securityGroupId: string;
  direction: 'ingress' | 'egress';
  /** Upper case: TCP, UDP, ICMP, ICMPV6, GRE, ALL. */
  ipProtocol: string;
  /** `22/22`, `-1/-1`. */
  portRange: string;
  policy: 'Accept' | 'Drop';
  priority: number;
  nicType: 'internet' | 'intranet';
  /** The other side: exactly one of the four is set. */
  cidrIp: string | null;
  ipv6CidrIp: string | null;
  groupId: string | null;
  prefixListId: string | null;
  groupOwnerAccount: string | null;
  sourcePortRange: string | null;
  description: string;
  createdAt: number;
}
