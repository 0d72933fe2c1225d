import { action } from '../../action.ts';
import { attachmentAnswer, failed, readAttachment, setKeyPair, takesKeyPairs } from './attachment.ts';

/** Takes the place of the key pair that an instance has; the guest takes it over at its next start. */
export const AttachKeyPair = action(
  'Ecs',
  'AttachKeyPair',
  { access: 'write', required: ['keyPairName', 'instanceIds'] },
  async (request, call) => {
    const { ids, instances } = await readAttachment(call, request);
    if ([...instances.values()].some((row) => !takesKeyPairs(row))) throw call.error('DependencyViolation.IoOptimize');
    const results = [];
    for (const id of ids) {
      results.push(
        instances.has(id)
          ? await setKeyPair(call, id, request.keyPairName)
          : failed(call, id, 'InvalidInstanceId.NotFound'),
      );
    }
    return attachmentAnswer(request.keyPairName, results);
  },
);
