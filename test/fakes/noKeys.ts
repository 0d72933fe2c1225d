import { WorldFault } from '../../src/base/worldFault.ts';
import type { Keys } from '../../src/keys/keys.ts';

/** No key is available: whatever is encrypted stays shut. */
export const noKeys: Keys = {
  async open(keyId) {
    throw new WorldFault('KeyUnavailable', `The key ${keyId} is not available.`);
  },
};
