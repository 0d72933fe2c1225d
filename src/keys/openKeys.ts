import type { Clock } from '../base/clock.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Database } from '../records/database.ts';
import { findAnyKey, findKey } from '../records/tables/kmsKeys.ts';
import type { Keys, KeyWrapping } from './keys.ts';
import { openRootKey } from './rootKey.ts';

/** The keys of the records, over the root key at `rootKeyPath`. */
export async function openKeys(parts: {
  database: Database;
  clock: Clock;
  rootKeyPath: string;
}): Promise<{ keys: Keys; wrapping: KeyWrapping }> {
  const { database, clock } = parts;
  const wrapping = openRootKey(parts.rootKeyPath, await findAnyKey(database.read));
  return {
    wrapping,
    keys: {
      async open(keyId) {
        const row = await findKey(database.read, keyId, clock.now());
        if (row?.state !== 'Enabled') {
          throw new WorldFault('KeyUnavailable', `The key ${keyId} is ${row ? row.state : 'gone'}.`);
        }
        return { id: keyId, secret: wrapping.unwrap(keyId, row.material) };
      },
    },
  };
}
