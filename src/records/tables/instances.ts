import type { InstanceStatus } from '../../rules/states.ts';
import type { Flag } from '../schema.ts';

export interface InstanceRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  name: string;
  description: string;
  hostName: string;
  status: InstanceStatus;
  imageId: string;
  instanceType: string;
  osType: 'linux' | 'windows';
  osName: string;
  osNameEn: string;
  ioOptimized: Flag;
  chargeType: 'PostPaid' | 'PrePaid';
  internetChargeType: 'PayByTraffic' | 'PayByBandwidth';
  internetMaxBandwidthIn: number;
  internetMaxBandwidthOut: number;
  networkType: 'vpc' | 'classic';
  vpcId: string | null;
  vSwitchId: string | null;
  /** The primary network interface. */
  networkInterfaceId: string;
  macAddress: string;
  privateIp: string;
  publicIp: string | null;
  keyPairName: string | null;
  /** SHA-512 crypt (`$6$…`), as /etc/shadow holds it; null when none was given. */
  passwordHash: string | null;
  /** Base64, as sent; null when none. */
  userData: string | null;
  ramRoleName: string | null;
  deletionProtection: Flag;
  stoppedMode: 'KeepCharging' | 'StopCharging' | 'Not-applicable';
  spotStrategy: string;
  creditSpecification: string | null;
  httpEndpoint: 'enabled' | 'disabled';
  httpTokens: 'optional' | 'required';
  resourceGroupId: string;
  clusterId: string | null;
  serialNumber: string;
  createdAt: number;
  startedAt: number | null;
  expiredAt: number | null;
  autoReleaseAt: number | null;
  /** 0 until it has been started once: ReInitDisk asks. */
  everStarted: Flag;
  /** Why the machine stopped by itself, when it did. */
  faultReason: string | null;
}

export interface InstanceSecurityGroupRow {
  instanceId: string;
  securityGroupId: string;
}
