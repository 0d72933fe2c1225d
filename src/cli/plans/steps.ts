import { CliFault } from '../fault.ts';
import { hasStarted } from '../hasStarted.ts';
import type { Parameters } from '../service.ts';
import type { Result } from './journal.ts';
import { unlessGone, type ImageItem, type Party } from './party.ts';
import type { Doing, Results, Step } from './plan.ts';

/** Where something is, and whose it is. */
export interface Place {
  party: Party;
  regionId: string;
}

type Given<T> = T | ((results: Results) => T);

const valueOf = <T extends string | Parameters>(given: Given<T>, results: Results): T =>
  typeof given === 'function' ? given(results) : given;

/** Of what an earlier step made. */
export const from =
  (step: string, key: string) =>
  (results: Results): string =>
    results[step]![key]!;

/** Running → Stopped; one that is stopped stays so. `wasRunning`: how it was found, for the way back. */
export function stopInstance({ party, regionId }: Place, id: string, wasRunning: boolean, name = 'stop'): Step {
  return {
    name,
    title: wasRunning ? `Stop ${id}` : `${id} is stopped already`,
    async begin() {
      if (await isStatus({ party, regionId }, id, 'Running')) await party.call('StopInstance', { InstanceId: id });
      return {};
    },
    async finish(_, { until }) {
      await until(() => isStatus({ party, regionId }, id, 'Stopped'));
    },
    undo: async (_, doing) => {
      if (wasRunning) await startAgain({ party, regionId }, id, doing);
    },
  };
}

export function startInstance(place: Place, id: string, name = 'start'): Step {
  return {
    name,
    title: `Start ${id} again`,
    async begin() {
      await startOnce(place, id);
      return {};
    },
    async finish(_, { until }) {
      await until(() => runs(place, id));
    },
  };
}

async function startOnce(place: Place, id: string): Promise<void> {
  if (await isStatus(place, id, 'Stopped')) await place.party.call('StartInstance', { InstanceId: id });
}

/** Wherever it is between the two, it runs in the end. */
async function startAgain(place: Place, id: string, { until }: Doing): Promise<void> {
  const steady = await until(async () => {
    const status = (await place.party.instance(place.regionId, id))?.Status;
    return status === 'Running' || status === 'Stopped' || status === undefined ? (status ?? 'gone') : undefined;
  });
  if (steady !== 'Stopped') return;
  await startOnce(place, id);
  await until(() => runs(place, id));
}

/** true, or undefined: not yet. An instance that is gone will not come to it. */
async function isStatus(place: Place, id: string, status: string): Promise<true | undefined> {
  return (await find(place, id)).Status === status || undefined;
}

/** The same of one that was told to start, which may have failed. */
const runs = async (place: Place, id: string): Promise<true | undefined> =>
  hasStarted(await find(place, id)) || undefined;

async function find({ party, regionId }: Place, id: string) {
  const found = await party.instance(regionId, id);
  if (!found) throw new CliFault('InstanceGone', `Instance ${id} is gone.`);
  return found;
}

/** CreateImage or CopyImage, waited for. The image is in `regionId`, whichever region the call is made in. */
export function makeImage(
  place: Place,
  about: { name: string; title: string; action: 'CreateImage' | 'CopyImage'; parameters: Given<Parameters> },
): Step {
  const { party, regionId } = place;
  return {
    name: about.name,
    title: about.title,
    async begin({ results, token }) {
      const parameters = valueOf(about.parameters, results);
      const { ImageId } = await party.call<{ ImageId: string }>(about.action, { ...parameters, ClientToken: token });
      return { imageId: ImageId };
    },
    async finish({ imageId }, { until }) {
      await until(async (show) => {
        const image = await party.image(regionId, imageId!);
        if (!image || image.Status === 'CreateFailed' || image.Status === 'UnAvailable') {
          throw new CliFault('ImageFailed', `Image ${imageId} could not be created.`);
        }
        show(parseInt(image.Progress));
        return image.Status === 'Available' || undefined;
      });
    },
    undo: ({ imageId }, doing) => deleteImage(place, imageId!, doing),
  };
}

/** With the snapshots that were made for it. */
export async function deleteImage({ party, regionId }: Place, imageId: string, { until }: Doing): Promise<void> {
  let image: ImageItem | undefined;
  await until(async () => {
    image = await party.image(regionId, imageId);
    if (!image || !['Waiting', 'Creating'].includes(image.Status)) return true;
    // Only copies can be cancelled; what else is under way ends soon.
    await party.call('CancelCopyImage', { RegionId: regionId, ImageId: imageId }).catch((error: unknown) => {
      if (!(error instanceof CliFault)) throw error;
    });
    return undefined;
  });
  if (!image) return;
  await unlessGone(party.call('DeleteImage', { RegionId: regionId, ImageId: imageId, Force: true }));
  for (const { SnapshotId } of image.DiskDeviceMappings.DiskDeviceMapping) {
    if (SnapshotId) await unlessGone(party.call('DeleteSnapshot', { SnapshotId, Force: true }));
  }
}

/** A snapshot of the system disk of an instance that stands still. */
export function snapshotSystemDisk(place: Place, instanceId: Given<string>): Step {
  const { party, regionId } = place;
  return {
    name: 'snapshot',
    title: 'Take a snapshot of its system disk',
    async begin({ results, token }) {
      const [system] = await party.disks(regionId, valueOf(instanceId, results));
      if (system?.Type !== 'system') throw new CliFault('NoSystemDisk', 'The instance has no system disk.');
      const { SnapshotId } = await party.call<{ SnapshotId: string }>('CreateSnapshot', {
        DiskId: system.DiskId,
        ClientToken: token,
      });
      return { snapshotId: SnapshotId };
    },
    async finish({ snapshotId }, { until }) {
      await until(async (show) => {
        const { Snapshots } = await party.call<{ Snapshots: { Snapshot: { Status: string; Progress: string }[] } }>(
          'DescribeSnapshots',
          { RegionId: regionId, SnapshotIds: JSON.stringify([snapshotId]) },
        );
        const [snapshot] = Snapshots.Snapshot;
        if (!snapshot || snapshot.Status === 'failed') {
          throw new CliFault('SnapshotFailed', `Snapshot ${snapshotId} could not be made.`);
        }
        show(parseInt(snapshot.Progress));
        return snapshot.Status === 'accomplished' || undefined;
      });
    },
    undo: ({ snapshotId }) => unlessGone(party.call('DeleteSnapshot', { SnapshotId: snapshotId, Force: true })),
  };
}

export function shareImage({ party, regionId }: Place, imageId: Given<string>, receiver: string): Step {
  const share = (results: Results, how: Parameters) =>
    party.call('ModifyImageSharePermission', { RegionId: regionId, ImageId: valueOf(imageId, results), ...how });
  return {
    name: 'share',
    title: `Share the image with account ${receiver}`,
    async begin({ results }) {
      await share(results, { 'AddAccount.1': receiver });
      return {};
    },
    undo: (_, { results }) => unlessGone(share(results, { 'RemoveAccount.1': receiver })),
  };
}

/** RunInstances, or CreateInstance: one that is never started. Waited for. */
export function makeInstances(
  { party, regionId }: Place,
  about: {
    title: string;
    action: 'RunInstances' | 'CreateInstance';
    parameters: Given<Parameters>;
  },
): Step {
  const { action } = about;
  const idsOf = (own: Result) => own['instanceIds']!.split(',');
  return {
    name: 'launch',
    title: about.title,
    async begin({ results, token }) {
      const parameters = { ...valueOf(about.parameters, results), ClientToken: token };
      if (action === 'CreateInstance') {
        const { InstanceId } = await party.call<{ InstanceId: string }>(action, parameters);
        return { instanceIds: InstanceId };
      }
      const { InstanceIdSets } = await party.call<{ InstanceIdSets: { InstanceIdSet: string[] } }>(action, parameters);
      return { instanceIds: InstanceIdSets.InstanceIdSet.join(',') };
    },
    async finish(own, { until }) {
      const place = { party, regionId };
      for (const id of idsOf(own)) {
        await until(() => (action === 'RunInstances' ? runs(place, id) : isStatus(place, id, 'Stopped')));
      }
    },
    async undo(own, { until }) {
      for (const id of idsOf(own)) await releaseInstance({ party, regionId }, id, until);
    },
  };
}

/** With its disks, as soon as it can be. */
export async function releaseInstance({ party, regionId }: Place, id: string, until: Doing['until']): Promise<void> {
  const gone = await until(async () => {
    const status = (await party.instance(regionId, id))?.Status;
    if (status === undefined) return 'gone';
    return status === 'Running' || status === 'Stopped' ? 'steady' : undefined;
  });
  if (gone === 'gone') return;
  await unlessGone(party.call('DeleteInstance', { InstanceId: id, Force: true }));
  await until(async () => ((await party.instance(regionId, id)) === undefined ? true : undefined));
}
