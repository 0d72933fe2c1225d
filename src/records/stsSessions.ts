import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Db } from './database.ts';
import { dropStsSessions, insertStsSession, type StsSessionRow } from './tables/accounts.ts';
import { findRole } from './tables/ramRoles.ts';

const KEEP_EXPIRED_MS = 24 * 3600_000;

/** Temporary credentials of a role of the account's. */
export async function openStsSession(
  db: Db,
  { clock, ids }: { clock: Clock; ids: Ids },
  asked: Pick<StsSessionRow, 'accountId' | 'roleArn' | 'roleSessionName'> & { durationSeconds: number },
): Promise<StsSessionRow> {
  const { durationSeconds, ...of } = asked;
  const now = clock.now();
  const role = await findRole(db, of.accountId, of.roleArn.slice(of.roleArn.indexOf('/') + 1));
  const session = {
    ...of,
    accessKeyId: `STS.${ids.accessKeyId()}`,
    secret: ids.accessKeySecret(),
    securityToken: `CAIS${ids.accessKeySecret()}${ids.accessKeySecret()}`,
    roleId: role?.id ?? roleIdOf(of.roleArn),
    expiresAt: now + durationSeconds * 1000,
  };
  await dropStsSessions(db, now - KEEP_EXPIRED_MS);
  await insertStsSession(db, session);
  return session;
}

/** Of a role that was never made: 18 digits, the same each time. */
function roleIdOf(roleArn: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(roleArn).digest('hex').slice(0, 16)}`);
  return `3${String(digits % 10n ** 17n).padStart(17, '0')}`;
}
