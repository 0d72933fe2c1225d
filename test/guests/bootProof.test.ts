import assert from 'node:assert/strict';
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Parameters } from '../../src/cli/service.ts';
import { processesOf } from '../workload/serviceProcess.ts';
import { makeTiny, openGuestWorld, REGION, type Guest } from './guestWorld.ts';

const LIMIT = { timeout: 900_000 };
const LOOK_MS = 100;
const PNG = '89504e470d0a1a0a';
const PROOF_S = 60;

interface Proof {
  Status?: 'waiting' | 'booting' | 'proven' | 'failed';
  Reached?: string;
  Reason?: string;
  ConsoleOutput?: string;
  Screenshot?: string;
}

test(
  'an image is Available once it booted, kill -9 of the service or not; one that never comes up fails',
  LIMIT,
  async () => {
    await using world = await openGuestWorld(['--network', 'auto', '--boot-proof-seconds', String(PROOF_S)]);
    const alice = await world.tenant('alice');
    const ask = <T>(action: string, parameters: Parameters) =>
      world.service.extension<T>(action, parameters, alice.credentials);
    const proofWhen = async (ImageId: string, isWanted: (proof: Proof) => boolean): Promise<Proof> => {
      for (;;) {
        const proof = await ask<Proof>('DescribeImageBootProof', { RegionId: REGION, ImageId });
        if (isWanted(proof)) return proof;
        await delay(LOOK_MS);
      }
    };
    const isOver = ({ Status }: Proof) => Status === 'proven' || Status === 'failed';
    const create = async ({ instanceId }: Guest) => {
      const asked = { RegionId: REGION, InstanceId: instanceId, ImageName: instanceId };
      return (await alice.call<{ ImageId: string }>('CreateImage', asked)).ImageId;
    };
    const statusOf = async (ImageId: string) => {
      const asked = { RegionId: REGION, ImageId, Status: 'Creating,Available,CreateFailed' };
      const { Images } = await alice.call<{ Images: { Image: { Status: string }[] } }>('DescribeImages', asked);
      return Images.Image[0]?.Status;
    };
    const text = ({ ConsoleOutput = '' }: Proof) => Buffer.from(ConsoleOutput, 'base64').toString('latin1');
    const startOf = ({ Screenshot = '' }: Proof) => Buffer.from(Screenshot, 'base64').subarray(0, 8).toString('hex');

    const dead = join(world.folder, 'dead.raw');
    writeFileSync(dead, 'not a boot sector');
    truncateSync(dead, 64 * 1024 ** 2);
    const tiny = { ImageId: await world.importDisk(await makeTiny(world.folder), 'tiny'), 'SystemDisk.Size': 20 };
    const guest = await world.launch(alice, tiny);
    const lost = await world.launch(alice, { ImageId: await world.importDisk(dead, 'dead'), 'SystemDisk.Size': 20 });
    await ask('ModifyAccountImageSettings', { BootProof: 'required' });

    const imageId = await create(guest);
    await proofWhen(imageId, ({ Status }) => Status === 'booting');
    assert.equal(await statusOf(imageId), 'Creating');
    await world.process.kill();
    await world.restart();
    const proven = await proofWhen(imageId, isOver);
    assert.deepEqual([proven.Status, proven.Reached], ['proven', 'the end of its start']);
    assert.match(text(proven), /tongjing tiny ready/);
    assert.equal(startOf(proven), PNG);
    assert.equal(await statusOf(imageId), 'Available');

    const deadId = await create(lost);
    const failed = await proofWhen(deadId, isOver);
    assert.equal(
      failed.Reason,
      `It had not come up after ${PROOF_S} seconds, and had written nothing to its serial line.`,
    );
    assert.deepEqual([failed.Status, text(failed), startOf(failed)], ['failed', '', PNG]);
    assert.equal(await statusOf(deadId), 'CreateFailed');

    // Nothing is left but the two instances.
    const machines = processesOf(world.dataDir).filter(({ commandLine }) => commandLine.includes('guest='));
    assert.equal(machines.length, 2);
    assert.equal(readdirSync(join(world.dataDir, 'volumes')).length, 2);
  },
);
