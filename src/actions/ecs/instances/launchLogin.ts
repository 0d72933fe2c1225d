import { findKeyPair } from '../../../records/tables/keyPairs.ts';
import { defaultHostName, userDataFault } from '../../../rules/instanceLogin.ts';
import { isHostName, isPassword, isResourceName } from '../../../rules/names.ts';
import { sequentialNames } from '../../../rules/sequentialNames.ts';
import { sha512Crypt } from '../../../rules/sha512Crypt.ts';
import type { Call } from '../../call.ts';
import type { LaunchRequest } from './launchRequest.ts';

type OsType = 'linux' | 'windows';

const SALT_LENGTH = 16;

/** The password as it is kept. */
export const hashPassword = (call: Call, password: string): string => sha512Crypt(password, call.ids.text(SALT_LENGTH));

export function readPassword(
  call: Call,
  request: { password?: string; passwordInherit?: boolean },
  osType: OsType,
): string | null {
  if (request.password === undefined) return null;
  if (request.passwordInherit) throw call.error('InvalidPasswordParam.Mismatch');
  if (!isPassword(request.password, osType)) throw call.error('InvalidPassword.Malformed');
  return hashPassword(call, request.password);
}

/** Windows has no use for one and ignores it. */
export async function readKeyPair(
  call: Call,
  regionId: string,
  name: string | undefined,
  osType: OsType,
): Promise<string | null> {
  if (name === undefined || osType === 'windows') return null;
  const found = await findKeyPair(call.db, { accountId: call.accountId, regionId }, name);
  if (!found) throw call.error('InvalidKeyPairName.NotFound');
  return found.name;
}

/** Base64, as sent. */
export function readUserData(call: Call, text: string | undefined): string | null {
  if (text === undefined) return null;
  const fault = userDataFault(text);
  if (fault === 'too large') throw call.error('InvalidUserData.SizeExceeded');
  if (fault) {
    throw call.error('InvalidParameter', { about: 'parameter is not valid', hint: 'UserData must be base64.' });
  }
  return text;
}

/** Names of `amount` instances: null where the id is the name. */
export function instanceNames(call: Call, request: LaunchRequest, amount: number): (string | null)[] {
  const { instanceName, uniqueSuffix = false } = request;
  if (instanceName === undefined) return Array<null>(amount).fill(null);
  const names = sequentialNames(instanceName, amount, uniqueSuffix);
  if (!names || !isResourceName(names[0]!.slice(0, instanceName.length))) {
    throw call.error('InvalidInstanceName.Malformed');
  }
  if (!names.every(isResourceName)) {
    throw call.error(uniqueSuffix ? 'InvalidParams.InstanceNameExceed' : 'InvalidInstanceName.Malformed');
  }
  return names;
}

/** A host name for each id: its own, a pattern's, or made from the id. */
export function hostNames(call: Call, request: LaunchRequest, ids: readonly string[], osType: OsType): string[] {
  const { hostName, hostNames: listed, uniqueSuffix = false } = request;
  const malformed = (hint: string) => call.error('InvalidHostName.Malformed', { hint });
  if (listed !== undefined) {
    if (hostName !== undefined) throw malformed('HostName and HostNames.N exclude each other.');
    if (listed.length < ids.length) throw malformed('HostNames.N names each instance.');
    if (!listed.every((name) => isHostName(name, osType))) throw malformed('');
    return listed.slice(0, ids.length);
  }
  if (hostName === undefined) return ids.map((id) => defaultHostName(id, osType));
  const plain = hostName.replaceAll('${instance_id}', 'i-0');
  const names = sequentialNames(plain, ids.length, false);
  if (!names?.every((name) => isHostName(name, osType))) throw malformed('');
  const suffixed = sequentialNames(hostName, ids.length, uniqueSuffix)!.map((name, index) =>
    name.replaceAll('${instance_id}', ids[index]!),
  );
  if (!suffixed.every((name) => isHostName(name, osType))) {
    throw uniqueSuffix ? call.error('InvalidParams.HostnameExceed') : malformed('');
  }
  return suffixed;
}
