import type { AccessKeyRow, AccountRow, StsSessionRow } from './tables/accounts.ts';
import type { AccountQuotaRow } from './tables/accountQuotas.ts';
import type { AutoSnapshotPolicyRow } from './tables/autoSnapshotPolicies.ts';
import type { ClientTokenRow } from './tables/clientTokens.ts';
import type { DiskRow } from './tables/disks.ts';
import type { ImageDiskRow } from './tables/imageDisks.ts';
import type { ImageRow } from './tables/images.ts';
import type { ImageShareRow } from './tables/imageShares.ts';
import type { InstanceRow, InstanceSecurityGroupRow } from './tables/instances.ts';
import type { JobRow } from './tables/jobs.ts';
import type { KeyPairRow } from './tables/keyPairs.ts';
import type { KmsAliasRow, KmsKeyRow } from './tables/kmsKeys.ts';
import type { VSwitchRow, VpcRow } from './tables/networks.ts';
import type { SecurityGroupRow, SecurityGroupRuleRow } from './tables/securityGroups.ts';
import type { SettingRow } from './tables/settings.ts';
import type { SnapshotGroupRow } from './tables/snapshotGroups.ts';
import type { SnapshotLockRow } from './tables/snapshotLocks.ts';
import type { SnapshotRow } from './tables/snapshots.ts';
import type { TagRow } from './tables/tags.ts';
import type { TicketRow } from './tables/tickets.ts';
import type { UsageLineRow } from './tables/usageLines.ts';

/** Every table. Times are milliseconds since the epoch, flags are 0 or 1, `null` is "not set". */
export interface Schema {
  accounts: AccountRow;
  accountQuotas: AccountQuotaRow;
  accessKeys: AccessKeyRow;
  autoSnapshotPolicies: AutoSnapshotPolicyRow;
  stsSessions: StsSessionRow;
  clientTokens: ClientTokenRow;
  disks: DiskRow;
  images: ImageRow;
  imageDisks: ImageDiskRow;
  imageShares: ImageShareRow;
  instances: InstanceRow;
  instanceSecurityGroups: InstanceSecurityGroupRow;
  jobs: JobRow;
  keyPairs: KeyPairRow;
  kmsAliases: KmsAliasRow;
  kmsKeys: KmsKeyRow;
  vpcs: VpcRow;
  vSwitches: VSwitchRow;
  securityGroups: SecurityGroupRow;
  securityGroupRules: SecurityGroupRuleRow;
  settings: SettingRow;
  snapshotGroups: SnapshotGroupRow;
  snapshotLocks: SnapshotLockRow;
  snapshots: SnapshotRow;
  tags: TagRow;
  tickets: TicketRow;
  usageLines: UsageLineRow;
}

export type Flag = 0 | 1;
