import { takenPublicIps } from '../records/tables/instances.ts';
import { publicAddress } from '../rules/publicAddresses.ts';
import type { Call } from './call.ts';

/** Tries before the range of public addresses counts as full. */
const PUBLIC_TRIES = 64;

/** Public addresses that nothing has; `code`: when there are none. */
export async function allocatePublicIps(call: Call, count: number, code = 'InsufficientPublicIp'): Promise<string[]> {
  const free = new Set<string>();
  for (let tries = 0; tries < PUBLIC_TRIES && free.size < count; tries++) {
    const wanted = Array.from({ length: count - free.size }, () =>
      publicAddress(Buffer.from(call.ids.request().slice(-12), 'hex')),
    );
    const taken = await takenPublicIps(call.db, wanted);
    for (const address of wanted) if (!taken.has(address)) free.add(address);
  }
  if (free.size < count) throw call.error(code);
  return [...free];
}
