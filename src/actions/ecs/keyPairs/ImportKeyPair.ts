import { parseSshKey } from '../../../rules/sshKeys.ts';
import { action } from '../../action.ts';
import { checkNewKeyPair, saveKeyPair } from './saveKeyPair.ts';

export const ImportKeyPair = action(
  'Ecs',
  'ImportKeyPair',
  { access: 'write', required: ['keyPairName'] },
  async (request, call) => {
    if (request.publicKeyBody === undefined) throw call.error('MissingParameter', { about: 'PublicKeyBody' });
    await checkNewKeyPair(call, request);
    const key = parseSshKey(request.publicKeyBody);
    if (!key) throw call.error('InvalidPublicKeyBody.Malformed');
    const row = await saveKeyPair(call, request, key);
    return { keyPairName: row.name, keyPairFingerPrint: row.fingerprint };
  },
);
