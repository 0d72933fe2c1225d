import type { RequestOf } from '../../../contract/sdk.ts';
import { imageDisksOf } from '../../../records/tables/imageDisks.ts';
import { countRunningCopies, insertImage, type ImageRow } from '../../../records/tables/images.ts';
import { insertSnapshots, snapshotsOfImage, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isGranted } from '../../../records/tables/tickets.ts';
import { findRegion, type Region } from '../../../rules/regions.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { LARGE_COPY_GIB } from '../../../rules/tickets.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { encryptionUnder, refuseShutKeys, type Encryption } from '../encryption.ts';
import { checkQuota, checkTexts } from './newImage.ts';
import { visibleImage } from './ownImage.ts';

type Request = RequestOf<'Ecs', 'CopyImage'>;

export const CopyImage = action(
  'Ecs',
  'CopyImage',
  { access: 'write', required: ['regionId', 'imageId', 'destinationRegionId'] },
  async (request, call) => {
    const from = findRegion(request.regionId);
    if (!from) throw call.error('SourceRegion.NotFound');
    const to = findRegion(request.destinationRegionId);
    if (!to) throw call.error('DestinationRegion.NotFound');
    const source = await visibleImage(call, from.regionId, request.imageId);
    refuseSource(call, source, to);
    if (source.isCopied && allows(imageCan.cancelCopy, source.status)) throw call.error('OperationDenied.ImageCopying');
    if (!allows(imageCan.copy, source.status)) throw call.error('IncorrectImageStatus');
    await refuseLarge(call, source);
    if ((await countRunningCopies(call.db, { sourceImageId: source.id, accountId: call.accountId })) > 0) {
      throw call.error('OperationDenied.ImageCopyConflict');
    }
    await checkTexts(call, to.regionId, {
      name: request.destinationImageName,
      description: request.destinationDescription,
    });
    const resourceGroupId = checkResourceGroup(call, request.resourceGroupId);
    await checkQuota(call, to.regionId);

    const imageId = call.ids.resource('m', to.idInfix);
    const copies = await copySnapshots(request, call, source, { imageId, to, resourceGroupId });
    await insertTarget(request, call, source, { imageId, to, resourceGroupId, copies });
    await saveTags(call, { resourceType: 'image', resourceId: imageId, regionId: to.regionId }, request.tag);
    const disks = [...copies].map(([sourceSnapshotId, snapshotId]) => ({ sourceSnapshotId, snapshotId }));
    const task = { regionId: to.regionId, resourceId: imageId, taskAction: 'CopyImage' };
    await call.enqueue('copyImage', { imageId, disks }, task);
    return { imageId };
  },
);

interface Target {
  imageId: string;
  to: Region;
  resourceGroupId: string;
}

/** Own custom images go anywhere, shared ones stay in their region, others are not to be copied. */
function refuseSource(call: Call, source: ImageRow, to: Region): void {
  if (source.kind === 'marketplace') throw call.error('OperationDenied.NotAuthorized');
  if (source.kind === 'system') throw call.error('Forbbiden', { hint: 'Public images are in every region already.' });
  if (source.accountId !== call.accountId && source.regionId !== to.regionId) {
    throw call.error('OperationDenied.SameRegionOnly');
  }
}

/** All its disks together. Whoever has a granted ticket copies images of any size. */
async function refuseLarge(call: Call, source: ImageRow): Promise<void> {
  const disks = await imageDisksOf(call.db, [source.id]);
  if (disks.reduce((sum, { sizeGib }) => sum + sizeGib, 0) <= LARGE_COPY_GIB) return;
  if (await isGranted(call.db, call.accountId, 'copy-above-500-gib', source.id)) return;
  throw call.error('SizeExceed.Image', {
    hint: `Above ${LARGE_COPY_GIB} GiB a granted ticket is needed: SubmitTicket.`,
  });
}

/**
 * What each copied snapshot is encrypted under. Encrypted ones stay so, in another region under a key of that region; others are encrypted on
 * demand, in their own region only, as the vendor has it.
 */
async function copyEncryption(
  request: Request,
  call: Call,
  sources: readonly SnapshotRow[],
  to: Region,
): Promise<(source: SnapshotRow) => Encryption> {
  const { encrypted, KMSKeyId, encryptAlgorithm } = request;
  if (!encrypted && KMSKeyId !== undefined) throw call.error('InvalidEncrypted.NotMatchKmsKeyId');
  if (!encrypted && encryptAlgorithm !== undefined) throw call.error('InvalidEncrypted.NotMatchEncryptAlgorithm');
  if (encryptAlgorithm !== undefined && encryptAlgorithm !== 'aes-256') throw call.error('InvalidEncryptAlgorithm');
  const isEncrypted = sources.some((source) => source.encrypted);
  if (isEncrypted && encrypted === false) {
    throw call.error('OperationDeined.EncryptedSnapshot', { about: 'non-encrypted ones' });
  }
  if (encrypted && !isEncrypted && sources.some(({ regionId }) => regionId !== to.regionId)) {
    throw call.error('OperationDenied.EncryptSnapshotAcrossRegion');
  }
  await refuseShutKeys(call, sources);
  const keepsKey = ({ accountId, regionId, ...source }: SnapshotRow) =>
    source.encrypted === 1 && KMSKeyId === undefined && accountId === call.accountId && regionId === to.regionId;
  const isAnew = (source: SnapshotRow) => (encrypted || source.encrypted === 1) && !keepsKey(source);
  const anew = sources.some(isAnew) ? await encryptionUnder(call, to.regionId, KMSKeyId) : null;
  return (source) => (anew && isAnew(source) ? anew : { encrypted: source.encrypted, kmsKeyId: source.kmsKeyId });
}

/** New snapshots for those of the source: source id → new id. */
async function copySnapshots(
  request: Request,
  call: Call,
  source: ImageRow,
  target: Target,
): Promise<Map<string, string>> {
  const copies = new Map<string, string>();
  const rows: SnapshotRow[] = [];
  const snapshots = await snapshotsOfImage(call.db, source.id);
  const encryptionOf = await copyEncryption(request, call, snapshots, target.to);
  for (const snapshot of snapshots) {
    const id = call.ids.resource('s', target.to.idInfix);
    copies.set(snapshot.id, id);
    rows.push({
      ...snapshot,
      ...encryptionOf(snapshot),
      id,
      accountId: call.accountId,
      regionId: target.to.regionId,
      name: `SnapshotForImage-${target.imageId}`,
      description: '',
      status: 'progressing',
      progress: 0,
      type: 'user',
      // A copy rolls back no disk, and belongs to no disk's chain.
      sourceDiskId: null,
      snapshotLinkId: null,
      snapshotGroupId: null,
      imageId: target.imageId,
      retentionDays: null,
      createdAt: call.clock.now(),
      completedAt: null,
      sourceSnapshotId: snapshot.accountId === call.accountId ? snapshot.id : null,
      sourceRegionId: snapshot.regionId,
      resourceGroupId: target.resourceGroupId,
      root: null,
      storedBytes: 0,
    });
  }
  await insertSnapshots(call.db, rows);
  return copies;
}

async function insertTarget(
  request: Request,
  call: Call,
  source: ImageRow,
  { imageId, to, resourceGroupId, copies }: Target & { copies: ReadonlyMap<string, string> },
): Promise<void> {
  const place = { accountId: call.accountId, regionId: to.regionId };
  const running = await countRunningCopies(call.db, place);
  const disks = await imageDisksOf(call.db, [source.id]);
  await insertImage(
    call.db,
    {
      ...source,
      ...place,
      id: imageId,
      kind: 'self',
      name: request.destinationImageName ?? imageId,
      family: '',
      description: request.destinationDescription ?? '',
      status: running < (await call.quota('runningImageCopies')) ? 'Creating' : 'Waiting',
      progress: 0,
      isCopied: 1,
      resourceGroupId,
      sourceInstanceId: null,
      sourceImageId: source.id,
      sourceRegionId: source.regionId,
      createdAt: call.clock.now(),
      deletedAt: null,
    },
    disks.map(({ position, snapshotId, device, type, sizeGib, format, category }) => ({
      imageId,
      position,
      snapshotId: snapshotId === null ? null : copies.get(snapshotId)!,
      device,
      type,
      sizeGib,
      format,
      category,
      importBucket: null,
      importObject: null,
    })),
  );
}
