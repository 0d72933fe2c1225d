import assert from 'node:assert/strict';
import sdk from '@alicloud/ecs20140526';
import type { Tenant } from '../requirements/world.ts';
import { checkNothingLeft } from '../workload/checks.ts';
import { openRows } from '../workload/rows.ts';
import type { Session } from '../workload/session.ts';
import type { Bed } from './bed.ts';
import { existing, imagesOf, owns, seesImage, type Model, type Snapshot } from './model.ts';

/** What every account sees in every region is what the model says, thing by thing; also when it asks for others' by id. */
export async function checkLists(bed: Bed): Promise<void> {
  for (const tenant of bed.tenants) {
    for (const regionId of bed.regionIds) {
      await checkImages(bed.model, tenant, regionId);
      await checkSnapshots(bed.model, tenant, regionId);
      await checkDisks(bed.model, tenant, regionId);
      await checkInstances(bed.model, tenant, regionId);
    }
  }
}

const PAGE = { pageSize: 100 };
/** At most so many can be asked for by id. */
const IDS = 100;

const idsOf = (things: ReadonlyMap<string, unknown>): string[] => [...things.keys()].slice(-IDS);

async function checkImages({ images, instances }: Model, tenant: Tenant, regionId: string): Promise<void> {
  const asked = idsOf(images);
  const list = async (query: { imageId?: string }) => {
    const request = new sdk.DescribeImagesRequest({ regionId, ...PAGE, status: 'ALL', ...query });
    const { body } = await tenant.ecs.describeImages(request);
    return body!.images!.image!.map((image) => [
      image.imageId,
      image.imageOwnerAlias,
      image.status,
      image.isSelfShared,
      image.usage,
    ]);
  };
  const expected = existing(images)
    .filter((image) => seesImage(tenant, image, regionId))
    .map((image) => [
      image.id,
      image.owner === null ? 'system' : image.owner === tenant ? 'self' : 'others',
      image.state === 'available' ? 'Available' : 'Creating',
      image.owner === tenant && image.sharedWith.size > 0 ? 'true' : '',
      existing(instances).some((one) => one.owner === tenant && one.image === image) ? 'instance' : 'none',
    ]);
  compare(`images that ${tenant.accountId} sees in ${regionId}`, await list({}), expected);
  const found = await list({ imageId: asked.join(',') });
  compare(`images that ${tenant.accountId} finds in ${regionId}`, found, ofIds(expected, asked));
}

async function checkSnapshots(model: Model, tenant: Tenant, regionId: string): Promise<void> {
  const asked = idsOf(model.snapshots);
  const list = async (query: { snapshotIds?: string }) => {
    const request = new sdk.DescribeSnapshotsRequest({ regionId, ...PAGE, ...query });
    const { body } = await tenant.ecs.describeSnapshots(request);
    return body!.snapshots!.snapshot!.map((snapshot) => [
      snapshot.snapshotId,
      snapshot.status,
      snapshot.sourceDiskId,
      snapshot.sourceDiskType,
      snapshot.usage,
    ]);
  };
  const usageOf = (snapshot: Snapshot) => {
    const isOfDisk = existing(model.disks).some((disk) => disk.snapshot === snapshot && disk.owner === tenant);
    if (imagesOf(model, snapshot).length > 0) return isOfDisk ? 'image_disk' : 'image';
    return isOfDisk ? 'disk' : 'none';
  };
  const expected = existing(model.snapshots)
    .filter((snapshot) => owns(tenant, snapshot) && snapshot.regionId === regionId)
    .map((snapshot) => [
      snapshot.id,
      snapshot.isReady ? 'accomplished' : 'progressing',
      snapshot.disk?.id ?? '',
      snapshot.type,
      usageOf(snapshot),
    ]);
  compare(`snapshots of ${tenant.accountId} in ${regionId}`, await list({}), expected);
  if (asked.length === 0) return;
  const found = await list({ snapshotIds: JSON.stringify(asked) });
  compare(`snapshots that ${tenant.accountId} finds in ${regionId}`, found, ofIds(expected, asked));
}

async function checkDisks(model: Model, tenant: Tenant, regionId: string): Promise<void> {
  const asked = idsOf(model.disks);
  const list = async (query: { diskIds?: string }) => {
    const { body } = await tenant.ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, ...PAGE, ...query }));
    return body!.disks!.disk!.map((disk) => [
      disk.diskId,
      disk.status,
      disk.instanceId,
      disk.device,
      disk.type,
      String(disk.size),
    ]);
  };
  const expected = existing(model.disks)
    .filter((disk) => owns(tenant, disk) && disk.regionId === regionId)
    .map(({ id, instance, device, type, gib }) => [
      id,
      instance ? 'In_use' : 'Available',
      instance?.id ?? '',
      device ?? '',
      type,
      String(gib),
    ]);
  compare(`disks of ${tenant.accountId} in ${regionId}`, await list({}), expected);
  if (asked.length === 0) return;
  const found = await list({ diskIds: JSON.stringify(asked) });
  compare(`disks that ${tenant.accountId} finds in ${regionId}`, found, ofIds(expected, asked));
}

async function checkInstances(model: Model, tenant: Tenant, regionId: string): Promise<void> {
  const asked = idsOf(model.instances);
  const list = async (query: { instanceIds?: string }) => {
    const request = new sdk.DescribeInstancesRequest({ regionId, ...PAGE, ...query });
    const { body } = await tenant.ecs.describeInstances(request);
    return body!.instances!.instance!.map(({ instanceId, status, imageId }) => [instanceId, status, imageId]);
  };
  const expected = existing(model.instances)
    .filter((instance) => owns(tenant, instance) && instance.regionId === regionId)
    .map(({ id, isRunning, image }) => [id, isRunning ? 'Running' : 'Stopped', image.id]);
  compare(`instances of ${tenant.accountId} in ${regionId}`, await list({}), expected);
  if (asked.length === 0) return;
  const found = await list({ instanceIds: JSON.stringify(asked) });
  compare(`instances that ${tenant.accountId} finds in ${regionId}`, found, ofIds(expected, asked));
}

type Row = (string | undefined)[];

const ofIds = (rows: Row[], ids: readonly string[]): Row[] => rows.filter(([id]) => ids.includes(id!));

function compare(what: string, found: Row[], expected: Row[]): void {
  const sorted = (rows: Row[]) => rows.map((row) => row.join(' ')).sort();
  assert.deepEqual(sorted(found), sorted(expected), what);
}

const ID = /\b[misd]-[a-z0-9]{8,}\b/g;

/** No answer names what another account has, unless it was shared or the caller asked for it by id. Empties what was heard. */
export function checkNoLeak({ model, tenants, heard }: Bed): void {
  const { images, snapshots, disks, instances } = model;
  for (const { accountId, said, answer } of heard.splice(0)) {
    const tenant = tenants.find((one) => one.accountId === accountId)!;
    for (const [id] of answer.matchAll(ID)) {
      const thing = images.get(id) ?? snapshots.get(id) ?? disks.get(id) ?? instances.get(id);
      if (!thing || thing.owner === tenant || thing.owner === null || said.includes(id)) continue;
      assert.ok('sharedWith' in thing && thing.wasSharedWith.has(tenant), `${accountId} hears of ${id}: ${answer}`);
    }
  }
}

/** Every disk and every snapshot holds what it should. */
export async function checkContents({ model, read }: Bed): Promise<void> {
  for (const disk of existing(model.disks)) assert.equal(await read(disk.id), disk.content, disk.id);
  for (const snapshot of existing(model.snapshots)) {
    if (snapshot.isReady) assert.equal(await read(snapshot.id), snapshot.content, snapshot.id);
  }
}

/** On real disks: after a collection the stores hold what rows reach, no chunk less and no chunk more, and nothing lies about. */
export async function checkStores({ world }: Bed): Promise<void> {
  const { service, endpoint, dataDir } = world;
  const post = async (path: string) => {
    const response = await fetch(`${endpoint}/_tongjing/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.operatorToken}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.ok(response.ok, path);
    return response.text();
  };
  await post('gc');
  await world.settled();
  using rows = disposable(openRows(dataDir));
  checkNothingLeft({ rows: rows.of, dataDir, process: { pid: process.pid } } as Session);
  const verified = (await post('verify')).trim().split('\n').at(-1)!;
  assert.deepEqual(JSON.parse(verified), { isClean: true });
}

const disposable = <T extends { close(): void }>(of: T) => ({ of, [Symbol.dispose]: () => of.close() });
