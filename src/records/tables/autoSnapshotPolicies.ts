/** When the disks that name it are snapshot of themselves. */
export interface AutoSnapshotPolicyRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  /** JSON array of hours in UTC+8, as the API shows it: `["0","12"]`. */
  timePoints: string;
  /** JSON array of days, 1 is Monday: `["1","7"]`. */
  repeatWeekdays: string;
  /** null: for ever. */
  retentionDays: number | null;
  /** Where each snapshot is copied to; null: nowhere. */
  copyRegionId: string | null;
  copiedRetentionDays: number | null;
  resourceGroupId: string;
  createdAt: number;
  /** The next time point. What was missed while the service was down is made up for once. */
  nextAt: number;
}
