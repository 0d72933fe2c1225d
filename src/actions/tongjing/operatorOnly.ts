import type { Call } from '../call.ts';

/** For the account of whoever runs the service. */
export function operatorOnly(call: Call): void {
  if (call.caller.account.isOperator === 0) throw call.error('Forbidden.NoPermission');
}
