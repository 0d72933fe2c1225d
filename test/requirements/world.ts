import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type EcsClient from '@alicloud/ecs20140526';
import sdk from '@alicloud/ecs20140526';
import { allRows } from '../allRows.ts';
import { askExplain, type Explained, type Question } from '../explain.ts';
import { findRegion } from '../../src/rules/regions.ts';
import { openNbd } from '../workload/nbdClient.ts';
import { killAll } from '../workload/serviceProcess.ts';
import { createWorld, type Account, type World, type WorldOptions } from '../world.ts';

/**
 * What the requirements are shown on: a real service with real disks, and accounts that do everything through the API. Only a first image,
 * which somebody has to bring, is imported by the operator.
 */
export interface LifeWorld extends AsyncDisposable {
  readonly world: World;
  tenant(name: string, site?: 'china' | 'international' | 'japan'): Promise<Tenant>;
  /** A public image of `content`, or a custom one of `owner`. */
  image(content: Buffer, of?: { regionId?: string; name?: string }): Promise<string>;
  /** Of a disk, snapshot or image (its system disk). */
  read(id: string, offset: number, length: number): Promise<Buffer>;
  /** To a disk, durably. */
  write(diskId: string, offset: number, content: Buffer): Promise<void>;
  /** The call fails so, and no row and no job is different afterwards. */
  refuses(code: string, status: number, call: () => Promise<unknown>): Promise<Error>;
  /** What Explain says to the account. */
  explain(account: Account, question: Question): Promise<Explained>;
  /** One of the operator's endpoints (POST). */
  operator<T>(path: string, body: object): Promise<T>;
  /** All jobs that are due have ended. */
  settled(): Promise<void>;
}

export interface Tenant extends Account {
  readonly ecs: EcsClient.default;
  /** VPC, vSwitch and security group of a region, made once: the network part of a RunInstances request. */
  network(regionId: string): Promise<{ regionId: string; vSwitchId: string; securityGroupId: string }>;
  /** A running instance (g6.large, in cn-hangzhou unless `change` says otherwise) with its disks, the system disk first. */
  run(
    imageId: string,
    change?: NonNullable<ConstructorParameters<typeof sdk.RunInstancesRequest>[0]>,
  ): Promise<{ instanceId: string; diskIds: string[] }>;
  stop(instanceId: string): Promise<void>;
  /** Released, with its disks. */
  release(instanceId: string): Promise<void>;
  /** The system disk of a stopped instance, made anew from the image: the new disk. */
  replaceSystem(instanceId: string, imageId: string): Promise<string>;
  /** Disks of an instance, the system disk first. */
  disksOf(instanceId: string, regionId?: string): Promise<string[]>;
  /** An accomplished snapshot. */
  snapshot(diskId: string): Promise<string>;
  /** An Available image. */
  createImage(request: NonNullable<ConstructorParameters<typeof sdk.CreateImageRequest>[0]>): Promise<string>;
  /** An Available copy. */
  copyImage(request: NonNullable<ConstructorParameters<typeof sdk.CopyImageRequest>[0]>): Promise<string>;
  share(imageId: string, receiver: Account, regionId?: string): Promise<void>;
  /** The image as this account sees it, whatever its status; undefined when it does not. */
  seesImage(imageId: string, regionId?: string): Promise<Record<string, unknown> | undefined>;
}

export const HANGZHOU = 'cn-hangzhou';
export const BEIJING = 'cn-beijing';
export const MIB = 1024 ** 2;

/** A few MiB that differ by `seed`: no two blocks of two seeds are equal. */
export function contentOf(seed: string, sizeBytes = 2 * MIB): Buffer {
  const content = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 64) content.write(`${seed} ${at} `.padEnd(63, '.') + '\n', at);
  return content;
}

/** `options`: of a world whose disks are real. */
export async function createLifeWorld(
  config: WorldOptions['config'] = {},
  options: Omit<WorldOptions, 'config' | 'disks'> = {},
): Promise<LifeWorld> {
  const world = await createWorld({ ...options, disks: 'real', config });
  const settled = () => world.settled();

  async function operator<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${world.endpoint}/_tongjing/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.service.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, text);
    return JSON.parse(text) as T;
  }

  async function connect(id: string) {
    const { uri } = await operator<{ uri: string }>('nbd', { id });
    return openNbd(decodeURIComponent(new URL(uri).searchParams.get('socket')!));
  }

  return {
    world,
    operator,
    settled,
    async explain(account, question) {
      const answer = await askExplain(world, account, question);
      assert.equal(answer.status, 200, answer.text);
      return answer.json as never;
    },
    async tenant(name, site) {
      const account = await world.account(name, site);
      return createTenant({ ...account, ecs: world.ecs(account) }, settled);
    },
    async image(content, { regionId = HANGZHOU, name = 'base' } = {}) {
      const path = join(world.dataDir, `${name}.raw`);
      await writeFile(path, content);
      const { imageId } = await operator<{ imageId: string }>('images/import', {
        path,
        format: 'raw',
        name,
        regionId,
        isPublic: true,
      });
      await settled();
      await rm(path);
      return imageId;
    },
    async read(id, offset, length) {
      const client = await connect(id);
      const bytes = await client.read(offset, length);
      await client.close();
      return bytes;
    },
    async write(diskId, offset, content) {
      const client = await connect(diskId);
      await client.write(offset, content);
      await client.flush();
      await client.close();
    },
    async refuses(code, status, call) {
      await settled();
      const before = await allRows(world);
      let refusal: (Error & { code?: string; statusCode?: number }) | undefined;
      await call().catch((error: Error) => (refusal = error));
      assert.ok(refusal, `${code} expected, but the call succeeded`);
      assert.equal(refusal.code, code, refusal.message);
      assert.equal(refusal.statusCode, status, refusal.message);
      assert.deepEqual(await allRows(world), before, 'nothing may have changed');
      return refusal;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      killAll(world.dataDir);
    },
  };
}

export function createTenant(account: Account & { ecs: EcsClient.default }, settled: () => Promise<void>): Tenant {
  const { ecs } = account;
  const networks = new Map<string, ReturnType<Tenant['network']>>();

  async function makeNetwork(regionId: string) {
    const { body: vpc } = await ecs.createVpc(new sdk.CreateVpcRequest({ regionId, cidrBlock: '172.16.0.0/16' }));
    const { vpcId } = vpc!;
    const zoneId = findRegion(regionId)!.zones.at(-1)!;
    const { body: vSwitch } = await ecs.createVSwitch(
      new sdk.CreateVSwitchRequest({ regionId, vpcId, zoneId, cidrBlock: '172.16.1.0/24' }),
    );
    const { body: group } = await ecs.createSecurityGroup(new sdk.CreateSecurityGroupRequest({ regionId, vpcId }));
    return { regionId, vSwitchId: vSwitch!.vSwitchId!, securityGroupId: group!.securityGroupId! };
  }

  const tenant: Tenant = {
    ...account,
    network(regionId) {
      let network = networks.get(regionId);
      if (!network) networks.set(regionId, (network = makeNetwork(regionId)));
      return network;
    },
    async run(imageId, change = {}) {
      const regionId = change.regionId ?? HANGZHOU;
      const { body } = await ecs.runInstances(
        new sdk.RunInstancesRequest({
          ...(await tenant.network(regionId)),
          imageId,
          instanceType: 'ecs.g6.large',
          ...change,
        }),
      );
      await settled();
      const instanceId = body!.instanceIdSets!.instanceIdSet![0]!;
      return { instanceId, diskIds: await tenant.disksOf(instanceId, regionId) };
    },
    async stop(instanceId) {
      await ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId }));
      await settled();
    },
    async release(instanceId) {
      await ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId, force: true }));
      await settled();
    },
    async replaceSystem(instanceId, imageId) {
      const { body } = await ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId }));
      await settled();
      return body!.diskId!;
    },
    async disksOf(instanceId, regionId = HANGZHOU) {
      const { body } = await ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, instanceId }));
      const disks = body!.disks!.disk!.sort((left, right) => (left.device! < right.device! ? -1 : 1));
      return disks.map(({ diskId }) => diskId!);
    },
    async snapshot(diskId) {
      const { body } = await ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId }));
      await settled();
      return body!.snapshotId!;
    },
    async createImage(request) {
      const { body } = await ecs.createImage(new sdk.CreateImageRequest({ regionId: HANGZHOU, ...request }));
      await settled();
      return available(body!.imageId!, request.regionId ?? HANGZHOU);
    },
    async copyImage(request) {
      const { body } = await ecs.copyImage(new sdk.CopyImageRequest({ regionId: HANGZHOU, ...request }));
      await settled();
      return available(body!.imageId!, request.destinationRegionId!);
    },
    async share(imageId, receiver, regionId = HANGZHOU) {
      await ecs.modifyImageSharePermission(
        new sdk.ModifyImageSharePermissionRequest({ regionId, imageId, addAccount: [receiver.accountId] }),
      );
    },
    async seesImage(imageId, regionId = HANGZHOU) {
      const { body } = await ecs.describeImages(new sdk.DescribeImagesRequest({ regionId, imageId, status: 'ALL' }));
      return body!.images!.image![0]?.toMap() as Record<string, unknown> | undefined;
    },
  };

  async function available(imageId: string, regionId: string): Promise<string> {
    assert.equal((await tenant.seesImage(imageId, regionId))?.['Status'], 'Available', imageId);
    return imageId;
  }

  return tenant;
}
