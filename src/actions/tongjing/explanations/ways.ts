import { findDisk } from '../../../records/tables/disks.ts';
import { imagesWithSnapshot } from '../../../records/tables/imageDisks.ts';
import { findImageForLineage, listImages, type ImageRow } from '../../../records/tables/images.ts';
import { sharesOf } from '../../../records/tables/imageShares.ts';
import { findInstance, listInstances } from '../../../records/tables/instances.ts';
import { findSnapshot, listSnapshots, snapshotsOfImage } from '../../../records/tables/snapshots.ts';
import type { WayName } from '../../../rules/remedy.ts';
import { viewOf } from '../../view.ts';
import { diskOf, imageAnywhere, imageOf, instanceOf, type Answer, type Move, type Way } from './situation.ts';
import { waitForAll, waitForImage } from './waiting.ts';

/** Accounts of one ModifyImageSharePermission. */
const ACCOUNTS_OF_CALL = 10;
const PAGE = { offset: 0, size: 100, after: null };

/** In what DescribeImages answers: the system disk comes first. */
const SYSTEM_SNAPSHOT = 'Images.Image[0].DiskDeviceMappings.DiskDeviceMapping[0].SnapshotId';

const doing = (text: string, action: string, parameters: Record<string, string>) => ({
  text,
  perform: { action, parameters },
});

const copying = (text: string, { id, regionId }: ImageRow, to: string) =>
  doing(text, 'CopyImage', { RegionId: regionId, ImageId: id, DestinationRegionId: to });

/** Makes an image, and has it take the place of the one that was refused. */
async function* useOther(making: Move): ReturnType<Way> {
  const { ImageId }: Answer = yield making;
  yield { text: 'Use the new image.', change: { ImageId: String(ImageId) } };
}

export const ways: Readonly<Record<WayName, Way>> = {
  wait: waitForAll,

  async *rightImage(situation) {
    const image = await imageOf(situation);
    if (!image) return;
    const { regionId, id, status } = image;
    if (status !== 'Deprecated') yield* waitForImage(situation, image);
    else if (image.accountId === situation.account.id) {
      yield doing('Restore the image.', 'ModifyImageAttribute', {
        RegionId: regionId,
        ImageId: id,
        Status: 'Available',
      });
    }
  },

  async *stopIt(situation) {
    const instance = await instanceOf(situation);
    if (!instance) return;
    if (instance.status === 'Stopped' && !instance.everStarted) yield* ways.startIt(situation);
    else if (instance.status !== 'Running') yield* ways.wait(situation);
    else {
      yield doing('Stop the instance: what runs on it is down until it is started again.', 'StopInstance', {
        InstanceId: instance.id,
      });
    }
  },

  async *startIt(situation) {
    const instance = await instanceOf(situation);
    if (instance) yield doing('Start the instance.', 'StartInstance', { InstanceId: instance.id });
  },

  async *force({ refused }) {
    const made = refused.action === 'DeleteImage' ? 'the system disks of these instances' : 'these disks';
    yield { text: `Ask for it with Force=true: ${made} can no longer be re-initialised.`, change: { Force: 'true' } };
  },

  async *unshare(situation) {
    const image = await imageOf(situation);
    if (!image) return;
    const shares = await sharesOf(situation.call.db, image.id, situation.call.clock.now());
    for (let at = 0; at < shares.length; at += ACCOUNTS_OF_CALL) {
      yield withdrawal(
        image,
        shares.slice(at, at + ACCOUNTS_OF_CALL).map(({ accountId }) => accountId),
      );
    }
  },

  async *unshareOne(situation) {
    const image = await imageOf(situation);
    const { db, clock } = situation.call;
    const [first] = image ? await sharesOf(db, image.id, clock.now(), { offset: 0, size: 1 }) : [];
    if (first) yield withdrawal(image!, [first.accountId]);
  },

  async *nameItsRegion({ call, account, refused: { parameters } }) {
    const { ImageId, InstanceId, SnapshotId, RegionId } = parameters;
    const regionId =
      (ImageId && (await imageAnywhere(call, account, ImageId))?.regionId) ??
      (InstanceId && (await findInstance(call.db, account.id, InstanceId))?.regionId) ??
      (SnapshotId && (await findSnapshot(call.db, account.id, SnapshotId))?.regionId);
    if (!regionId || regionId === RegionId) return;
    yield { text: `It is in ${regionId}: name that region.`, change: { RegionId: regionId } };
  },

  async *copyHere(situation) {
    const { call, account, refused } = situation;
    const image = await imageAnywhere(call, account, refused.parameters['ImageId']!);
    const regionId = refused.parameters['RegionId'] ?? (await instanceOf(situation))?.regionId;
    if (!image || !regionId || image.regionId === regionId) return;
    yield* useOther(copying(`Copy the image from ${image.regionId} to ${regionId}.`, image, regionId));
  },

  async *copyIntoOwn(situation) {
    const image = await imageOf(situation);
    if (!image || image.accountId === situation.account.id) return;
    yield* useOther(copying('Copy the image within its region: the copy is your own.', image, image.regionId));
  },

  async *systemDiskOnly(situation) {
    let image = await imageOf(situation);
    if (!image) return;
    const { call, account } = situation;
    const { regionId } = image;
    if (image.accountId !== account.id) {
      const { ImageId }: Answer = yield copying('Copy the image: only its owner uses its snapshots.', image, regionId);
      image = (await imageAnywhere(call, account, String(ImageId)))!;
    }
    const [system] = await snapshotsOfImage(call.db, image.id);
    if (!system) return;
    if (image.id !== situation.refused.parameters['ImageId']) {
      const named = { RegionId: regionId, ImageId: image.id };
      const look = doing('Look up the snapshot of the copy’s system disk.', 'DescribeImages', named);
      yield { ...look, names: { [SYSTEM_SNAPSHOT]: system.id } };
    }
    const making = { RegionId: regionId, SnapshotId: system.id };
    yield* useOther(doing('Make an image of its system disk’s snapshot alone.', 'CreateImage', making));
  },

  async *deleteImagesOfSnapshot({ call, refused }) {
    const snapshotId = refused.parameters['SnapshotId']!;
    for (const id of await imagesWithSnapshot(call.db, snapshotId)) {
      const image = await findImageForLineage(call.db, id);
      yield doing(`Delete image ${id}.`, 'DeleteImage', { RegionId: image!.regionId, ImageId: id });
    }
  },

  async *deleteOldestSnapshot({ call, account, refused }) {
    const disk = await findDisk(call.db, account.id, refused.parameters['DiskId'] ?? '');
    if (!disk) return;
    const { regionId, id: diskId } = disk;
    const filter = { accountId: account.id, regionId, diskId, type: 'user', status: 'accomplished' } as const;
    const { total } = await listSnapshots(call.db, filter, { ...PAGE, size: 1 });
    const { rows } = await listSnapshots(call.db, filter, { ...PAGE, offset: Math.max(0, total - 1) });
    const oldest = rows.at(-1);
    if (oldest) {
      yield doing('Delete a snapshot that is no longer needed, the oldest for one.', 'DeleteSnapshot', {
        SnapshotId: oldest.id,
      });
    }
  },

  async *deleteAnImage({ call, account, refused: { parameters } }) {
    const regionId = parameters['DestinationRegionId'] ?? call.region(parameters['RegionId']).regionId;
    const place = { ...(await viewOf(call, regionId, account.id)), alias: 'self' } as const;
    const window = { offset: 0, size: PAGE.size };
    const failed = await listImages(call.db, { ...place, statuses: ['CreateFailed'] }, window);
    const idle = await listImages(call.db, { ...place, usage: 'none', statuses: ['Available', 'Deprecated'] }, window);
    const spare = [...failed.rows, ...idle.rows.toReversed()].find(
      ({ id, isShared }) => !isShared && id !== parameters['ImageId'],
    );
    if (!spare) return;
    yield doing(`Delete an image that is no longer needed, ${spare.name} for one.`, 'DeleteImage', {
      RegionId: regionId,
      ImageId: spare.id,
    });
  },

  async *detach(situation) {
    const disk = await diskOf(situation);
    if (!disk?.instanceId) return;
    yield doing('Detach the disk: its guest has to have unmounted it.', 'DetachDisk', {
      InstanceId: disk.instanceId,
      DiskId: disk.id,
    });
  },

  async *nameItsInstance(situation) {
    const disk = await diskOf(situation);
    if (!disk?.instanceId) return;
    yield { text: `Instance ${disk.instanceId} has it: name that one.`, change: { InstanceId: disk.instanceId } };
  },

  async *attachSomewhere(situation) {
    const { call, account } = situation;
    const disk = await diskOf(situation);
    if (disk?.status !== 'Available') return;
    const { regionId, zoneId } = disk;
    const filter = { accountId: account.id, regionId, zoneId, statuses: ['Running', 'Stopped'] as const };
    const [instance] = (
      await listInstances(call.db, { ...filter, statuses: [...filter.statuses] }, { ...PAGE, size: 1 })
    ).rows;
    if (!instance) return;
    yield doing(`Attach the disk to an instance of its zone, ${instance.id} for one.`, 'AttachDisk', {
      InstanceId: instance.id,
      DiskId: disk.id,
    });
  },

  async *copyIntoZone(situation) {
    const disk = await diskOf(situation);
    const instance = await instanceOf(situation);
    if (!disk || instance?.regionId !== disk.regionId) return;
    const { SnapshotId }: Answer = yield doing('Take a snapshot of the disk.', 'CreateSnapshot', { DiskId: disk.id });
    const { DiskId }: Answer = yield doing(`Make a disk of it in ${instance.zoneId}.`, 'CreateDisk', {
      RegionId: disk.regionId,
      ZoneId: instance.zoneId,
      DiskCategory: disk.category,
      SnapshotId: String(SnapshotId),
    });
    yield { text: 'Use the new disk.', change: { DiskId: String(DiskId) } };
  },

  async *unprotect(situation) {
    const instance = await instanceOf(situation);
    if (!instance) return;
    yield doing('Take its deletion protection off.', 'ModifyInstanceAttribute', {
      InstanceId: instance.id,
      DeletionProtection: 'false',
    });
  },

  async *makeNetwork({ call, refused: { parameters } }) {
    const { regionId, zones } = call.region(parameters['RegionId']);
    const RegionId = regionId;
    const { VpcId }: Answer = yield doing('Make a VPC.', 'CreateVpc', { RegionId, CidrBlock: '172.16.0.0/16' });
    const { VSwitchId }: Answer = yield doing('Make a vSwitch in it.', 'CreateVSwitch', {
      RegionId,
      VpcId: String(VpcId),
      ZoneId: parameters['ZoneId'] ?? zones[0]!,
      CidrBlock: '172.16.1.0/24',
    });
    const { SecurityGroupId }: Answer = yield doing('Make a security group in it.', 'CreateSecurityGroup', {
      RegionId,
      VpcId: String(VpcId),
    });
    const change = { VSwitchId: String(VSwitchId), SecurityGroupId: String(SecurityGroupId) };
    yield { text: 'Use the vSwitch and the security group.', change };
  },
};

function withdrawal({ id, regionId }: ImageRow, accountIds: readonly string[]): Move {
  const removed = Object.fromEntries(accountIds.map((accountId, index) => [`RemoveAccount.${index + 1}`, accountId]));
  const whom = accountIds.length === 1 ? `account ${accountIds[0]}` : `${accountIds.length} accounts`;
  return doing(`Withdraw the image from ${whom}.`, 'ModifyImageSharePermission', {
    RegionId: regionId,
    ImageId: id,
    ...removed,
  });
}
