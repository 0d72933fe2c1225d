import type { RamRoleRow } from '../../../records/tables/ramRoles.ts';
import { secondsTime } from '../../../rules/times.ts';

/** A role as lists show it. */
export const listedRole = (row: RamRoleRow) => ({
  roleId: row.id,
  roleName: row.name,
  arn: `acs:ram::${row.accountId}:role/${row.name}`,
  description: row.description,
  maxSessionDuration: row.longestSessionSeconds,
  createDate: secondsTime(row.createdAt),
  updateDate: secondsTime(row.updatedAt),
});

export const roleItem = (row: RamRoleRow) => ({ ...listedRole(row), assumeRolePolicyDocument: row.trustPolicy });
