import { action } from '../../action.ts';

export const GetCallerIdentity = action('Sts', 'GetCallerIdentity', { access: 'read' }, async (_request, call) => {
  const { accountId, caller } = call;
  if (!caller.role) {
    return {
      accountId,
      identityType: 'Account',
      arn: `acs:ram::${accountId}:root`,
      principalId: accountId,
      userId: accountId,
    };
  }
  const { arn, roleId, sessionName } = caller.role;
  return {
    accountId,
    identityType: 'AssumedRoleUser',
    arn: `${arn.replace(':role/', ':assumed-role/')}/${sessionName}`,
    principalId: `${roleId}:${sessionName}`,
    roleId,
  };
});
