import type { Tx } from '../../records/database.ts';
import { startBootProof } from '../../records/tables/bootProofs.ts';
import { imageSettingsOf } from '../../records/tables/imageSettings.ts';
import type { JobContext } from '../job.ts';
import { makeImageAvailable } from './rows.ts';

/** What is stored is Available; where its account asks for a boot proof, only once that was given. */
export async function completeImage(tx: Tx, imageId: string, { enqueue }: Pick<JobContext, 'enqueue'>): Promise<void> {
  const image = await tx
    .selectFrom('images')
    .select(['accountId', 'kind', 'regionId'])
    .where('id', '=', imageId)
    .executeTakeFirst();
  if (image?.kind !== 'self' || (await imageSettingsOf(tx, image.accountId)).bootProof === 'off')
    return makeImageAvailable(tx, imageId);
  await startBootProof(tx, imageId);
  const { accountId, regionId } = image;
  await enqueue(tx, 'proveImage', { imageId }, { accountId, regionId, resourceId: imageId });
}
