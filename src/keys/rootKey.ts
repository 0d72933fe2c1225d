import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeDurably } from '../base/files.ts';
import { seal, unseal } from '../base/seal.ts';
import { systemFault } from '../base/systemFault.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { KeyWrapping } from './keys.ts';

const KEY_BYTES = 32;

/**
 * The root key at `path`, made when the first key is. `wrapped` is one of the keys that there are. Throws WorldFault: `RootKeyInvalid` when the
 * file is not as it was made, or another, `RootKeyMissing` when it is gone though a key is wrapped by it: a new one would open none.
 */
export function openRootKey(path: string, wrapped: { id: string; material: string } | undefined): KeyWrapping {
  let root = existsSync(path) ? readRootKey(path) : null;
  if (!root && wrapped) {
    throw new WorldFault(
      'RootKeyMissing',
      `${path} is missing: the keys that disks are encrypted under are wrapped by it. Put it back from a backup.`,
    );
  }
  const rootKey = (): Buffer => {
    if (!root) {
      root = randomBytes(KEY_BYTES);
      writeDurably(path, root, 0o600);
    }
    return root;
  };
  const open = (keyId: string, material: string) =>
    unseal(rootKey(), Buffer.from(material, 'base64'), Buffer.from(keyId));
  if (wrapped && !open(wrapped.id, wrapped.material)) {
    throw new WorldFault('RootKeyInvalid', `${path} is not what the keys are wrapped by: put it back from a backup.`);
  }
  return {
    make: (keyId) => seal(rootKey(), randomBytes(KEY_BYTES), Buffer.from(keyId)).toString('base64'),
    unwrap(keyId, material) {
      const secret = open(keyId, material);
      if (secret) return secret;
      throw new WorldFault('KeyUnavailable', `The material of the key ${keyId} was not wrapped by this root key.`);
    },
  };
}

function readRootKey(path: string): Buffer {
  const refuse = (what: string) => new WorldFault('RootKeyInvalid', `${path} ${what}`);
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0) {
      throw refuse(`can be read or written by others (mode ${(mode & 0o777).toString(8)}): chmod 600 it.`);
    }
    const root = readFileSync(path);
    if (root.length !== KEY_BYTES) {
      throw refuse(`has ${root.length} bytes instead of ${KEY_BYTES}: put it back from a backup.`);
    }
    return root;
  } catch (error) {
    throw error instanceof WorldFault ? error : systemFault(error, `read ${path}`);
  }
}
