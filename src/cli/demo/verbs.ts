import { deleteImage, type Tenant } from './tenant.ts';

export const HOME = 'cn-hangzhou';
export const AWAY = 'cn-beijing';

export async function takeSnapshot(alice: Tenant, diskId: string, logicalBytes?: number) {
  const startedAt = performance.now();
  const { SnapshotId } = await alice.call<{ SnapshotId: string }>('CreateSnapshot', { DiskId: diskId });
  const answeredMs = performance.now() - startedAt;
  alice.undo.push(() => alice.call('DeleteSnapshot', { SnapshotId, Force: true }));
  await alice.until<{ Snapshots: { Snapshot: { Status: string }[] } }, true>(
    'DescribeSnapshots',
    { RegionId: HOME, SnapshotIds: JSON.stringify([SnapshotId]) },
    ({ Snapshots }) => Snapshots.Snapshot[0]?.Status === 'accomplished' || undefined,
  );
  return {
    snapshotId: SnapshotId,
    ...(logicalBytes !== undefined && { logicalBytes }),
    remark: `taken in ${answeredMs.toFixed(0)} ms, stored behind the running disk`,
  };
}

export async function makeImage(alice: Tenant, instanceId: string, name: string, logicalBytes?: number) {
  const { ImageId: imageId } = await alice.call<{ ImageId: string }>('CreateImage', {
    RegionId: HOME,
    InstanceId: instanceId,
    ImageName: name,
  });
  alice.undo.push(() => deleteImage(alice.call, HOME, imageId));
  await alice.imageAvailable(HOME, imageId);
  return { imageId, ...(logicalBytes !== undefined && { logicalBytes }) };
}

export async function copyImage(alice: Tenant, source: string, name: string, logicalBytes?: number) {
  const { ImageId: imageId } = await alice.call<{ ImageId: string }>('CopyImage', {
    RegionId: HOME,
    ImageId: source,
    DestinationRegionId: AWAY,
    DestinationImageName: name,
  });
  alice.undo.push(() => deleteImage(alice.call, AWAY, imageId));
  await alice.imageAvailable(AWAY, imageId);
  return { imageId, ...(logicalBytes !== undefined && { logicalBytes }) };
}
