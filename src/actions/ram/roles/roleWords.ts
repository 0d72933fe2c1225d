import {
  LARGEST_TRUST_POLICY,
  LONGEST_DESCRIPTION,
  LONGEST_SESSION_S,
  readTrust,
  SHORTEST_SESSION_S,
} from '../../../rules/ramPolicies.ts';
import type { Call } from '../../call.ts';

interface RoleWords {
  description?: string | undefined;
  maxSessionDuration?: number | undefined;
  assumeRolePolicyDocument?: string | undefined;
}

/** Refuses what can't be said of a role. */
export function checkRoleWords(call: Call, words: RoleWords): void {
  const { description = '', maxSessionDuration: seconds, assumeRolePolicyDocument: document } = words;
  if (description.length > LONGEST_DESCRIPTION) throw call.error('InvalidParameter.Description.Length');
  if (seconds !== undefined && !(seconds >= SHORTEST_SESSION_S && seconds <= LONGEST_SESSION_S)) {
    throw call.error('InvalidParameter', {
      hint: `MaxSessionDuration is ${SHORTEST_SESSION_S} to ${LONGEST_SESSION_S}.`,
    });
  }
  if (document === undefined) return;
  if (Buffer.byteLength(document) > LARGEST_TRUST_POLICY) {
    throw call.error('InvalidParameter.AssumeRolePolicyDocument.Length');
  }
  const trust = readTrust(document);
  if (typeof trust === 'string') throw call.error('MalformedPolicyDocument', { values: { Details: trust } });
}
