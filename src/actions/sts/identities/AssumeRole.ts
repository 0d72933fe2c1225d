import { openStsSession } from '../../../records/stsSessions.ts';
import { findRole } from '../../../records/tables/ramRoles.ts';
import { trustsAccount } from '../../../rules/ramPolicies.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';

const SHORTEST_S = 900;
const DEFAULT_S = 3600;
const LONGEST_S = 43_200;

/**
 * Temporary credentials of a role, with all the account's rights: an account may assume its own roles that trust it, also one that it
 * never made, and none of another's. A policy, which would take rights away, is therefore refused.
 */
export const AssumeRole = action(
  'Sts',
  'AssumeRole',
  { access: 'write', required: ['roleArn', 'roleSessionName'] },
  async (request, call) => {
    const { roleArn, roleSessionName, durationSeconds = DEFAULT_S } = request;
    const match = /^acs:ram::(\d{16}):role\/([\w.-]{1,64})$/.exec(roleArn);
    if (!match) throw call.error('InvalidParameter.RoleArn');
    if (!/^[\w.@-]{2,64}$/.test(roleSessionName)) throw call.error('InvalidParameter.RoleSessionName');
    if (durationSeconds < SHORTEST_S || durationSeconds > LONGEST_S)
      throw call.error('InvalidParameter.DurationSeconds');
    refuseUnbuilt(call, {
      Policy: request.policy,
      ExternalId: request.externalId,
      SourceIdentity: request.sourceIdentity,
    });
    if (match[1] !== call.accountId) throw call.error('NoPermission');
    const role = await findRole(call.db, call.accountId, match[2]!);
    if (role && !trustsAccount(role.trustPolicy, call.accountId)) throw call.error('NoPermission');
    if (role && durationSeconds > role.longestSessionSeconds) throw call.error('InvalidParameter.DurationSeconds');

    const session = await openStsSession(call.db, call, {
      accountId: call.accountId,
      roleArn,
      roleSessionName,
      durationSeconds,
    });
    return {
      assumedRoleUser: {
        arn: `${roleArn.replace(':role/', ':assumed-role/')}/${roleSessionName}`,
        assumedRoleId: `${session.roleId}:${roleSessionName}`,
      },
      credentials: {
        accessKeyId: session.accessKeyId,
        accessKeySecret: session.secret,
        securityToken: session.securityToken,
        expiration: secondsTime(session.expiresAt),
      },
    };
  },
);
