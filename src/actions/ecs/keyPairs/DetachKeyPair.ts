import { action } from '../../action.ts';
import { attachmentAnswer, failed, readAttachment, setKeyPair } from './attachment.ts';

export const DetachKeyPair = action(
  'Ecs',
  'DetachKeyPair',
  { access: 'write', required: ['keyPairName', 'instanceIds'] },
  async (request, call) => {
    const { ids, instances } = await readAttachment(call, request);
    const results = [];
    for (const id of ids) {
      const instance = instances.get(id);
      if (!instance) results.push(failed(call, id, 'InvalidInstanceId.NotFound'));
      else if (instance.keyPairName !== request.keyPairName)
        results.push(failed(call, id, 'InvalidKeyPairName.NotFound'));
      else results.push(await setKeyPair(call, id, null));
    }
    return attachmentAnswer(request.keyPairName, results);
  },
);
