import { WorldFault } from '../base/worldFault.ts';
import type { Keys } from './keys.ts';

/** A service without key management: whatever is encrypted stays shut. */
export const noKeys: Keys = {
  async open(keyId) {
    throw new WorldFault('KeyUnavailable', `The key ${keyId} is not available.`);
  },
};
