import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { rsaSshKey } from '../../../rules/sshKeys.ts';
import { action } from '../../action.ts';
import { checkNewKeyPair, saveKeyPair } from './saveKeyPair.ts';

const MODULUS_BITS = 2048;

/** The private key leaves in this answer and is kept nowhere. */
export const CreateKeyPair = action(
  'Ecs',
  'CreateKeyPair',
  { access: 'write', required: ['keyPairName'] },
  async (request, call) => {
    await checkNewKeyPair(call, request);
    // On a thread of Node's pool: other calls are served meanwhile.
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
    const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
    const key = rsaSshKey({ n: Buffer.from(n, 'base64url'), e: Buffer.from(e, 'base64url') });
    const row = await saveKeyPair(call, request, key);
    return {
      keyPairName: row.name,
      keyPairId: row.id,
      keyPairFingerPrint: row.fingerprint,
      privateKeyBody: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  },
);
