import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorldFault } from '../../src/base/worldFault.ts';
import { answering, says, startImpostor, type GuestAgent } from '../fakes/guestAgent.ts';
import { createMachines } from '../fakes/machines.ts';
import { createImageWorld, type ImageWorld } from '../wire/imageWorld.ts';
import { tongjing } from './commands.ts';

/** Of the guest: nothing is ever run on this machine. */
let agent: GuestAgent | null = null;
const machines = createMachines({ driver: 'qemu', agentSocket: async () => agent?.socketPath ?? null });
let world: ImageWorld;
before(async () => {
  world = await createImageWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

const create = (...args: string[]) => tongjing(world.world, ['image', 'create', ...args, '--yes']);
const statusOf = async (id: string) => (await world.row('instances', id))?.status;
const imagesOf = (sourceInstanceId: string) =>
  world.world.parts.database.read
    .selectFrom('images')
    .select(['id', 'name', 'status'])
    .where('sourceInstanceId', '=', sourceInstanceId)
    .where('deletedAt', 'is', null)
    .execute();

async function instance(status: 'Running' | 'Stopped' = 'Running'): Promise<string> {
  const { id } = await world.instance(world.operator, { status });
  if (status === 'Running') machines.running.add(id);
  return id;
}

/** A guest whose agent runs what it is told, which ends so. */
async function withAgent(exitcode: number, words: string, work: (heard: string[]) => Promise<void>): Promise<void> {
  const heard: string[] = [];
  const answer = answering({
    'guest-exec': says({ return: { pid: 7 } }),
    'guest-exec-status': says({
      return: { exited: true, exitcode, 'out-data': Buffer.from(words).toString('base64') },
    }),
  });
  await using guest = await startImpostor((line, socket) => {
    heard.push(line);
    answer(line, socket);
  });
  agent = guest;
  try {
    await work(heard);
  } finally {
    agent = null;
  }
}

test('an instance is stopped for its image, and started again if it ran', async () => {
  for (const status of ['Running', 'Stopped'] as const) {
    const id = await instance(status);
    const { code, out, err } = await create(id, '--name', `web-${status}`);
    assert.equal(code, 0, err);
    const [image] = await imagesOf(id);
    assert.deepEqual([image?.name, image?.status, out.trim()], [`web-${status}`, 'Available', image?.id]);
    assert.equal(await statusOf(id), status);
    assert.doesNotMatch(err, /Clean up/);
  }
});

test('with --clean the guest is cleaned up before it is stopped', () =>
  withAgent(0, '', async (heard) => {
    const id = await instance();
    const { code, err } = await create(id, '--clean');
    assert.equal(code, 0, err);
    assert.match(err, /Clean up in i-\S+: [^]*Stop i-[^]*Make an image[^]*Start i-/);
    assert.match(err, /its SSH host keys change/);
    const begun = heard.find((line) => line.includes('"guest-exec"'));
    const sent = JSON.parse(begun!) as { arguments: { 'input-data': string } };
    assert.match(Buffer.from(sent.arguments['input-data'], 'base64').toString(), /: > \/etc\/machine-id/);
    assert.equal((await imagesOf(id))[0]?.status, 'Available');
    assert.equal(await statusOf(id), 'Running');
  }));

test('a guest that can’t be cleaned up goes on, and there is no image', () =>
  withAgent(1, '\x1b[31mrm: read-only file system\x1b[0m\r\n', async () => {
    const id = await instance();
    const { code, err } = await create(id, '--clean');
    assert.equal(code, 1);
    assert.match(err, /could not be cleaned up \(ExitCodeNonzero\): rm: read-only file system\n/);
    assert.match(err, /Everything is as it was before but this: i-\w+ was cleaned up, at least in part\./);
    assert.deepEqual(await imagesOf(id), []);
    assert.equal(await statusOf(id), 'Running');
  }));

test('without an agent, or stopped, nothing is begun with --clean', async () => {
  const id = await instance();
  const silent = await create(id, '--clean');
  assert.equal(silent.code, 1);
  assert.match(silent.err, /No guest agent answers in i-[^]*Install qemu-guest-agent/);
  const stopped = await create(await instance('Stopped'), '--clean');
  assert.match(stopped.err, /is Stopped: to clean up in it, it has to be Running/);
  const missing = await create('i-bp1notthere');
  assert.match(missing.err, /has no instance i-bp1notthere/);
  assert.deepEqual(await imagesOf(id), []);
  assert.equal(await statusOf(id), 'Running');
});

test('what the service would refuse is refused before anything is done in the guest', () =>
  withAgent(0, '', async (heard) => {
    const id = await instance();
    await world.image(world.operator, { name: 'taken' });
    const { code, err } = await create(id, '--clean', '--name', 'taken');
    assert.equal(code, 1);
    assert.match(err, /^InvalidImageName\.Duplicated: /);
    assert.deepEqual(heard, []);
    assert.equal(await statusOf(id), 'Running');
  }));

test('when the image fails, the instance runs again', async () => {
  const id = await instance();
  world.world.plane.failNext('store', new WorldFault('ChunkMissing', 'a chunk is missing'));
  const { code, err } = await create(id);
  assert.equal(code, 1);
  assert.match(err, /ImageFailed: .*Everything is as it was before\.\n/);
  assert.deepEqual(await imagesOf(id), []);
  assert.equal(await statusOf(id), 'Running');
});

for (const at of ['Clean up', 'Stop', 'Make an image']) {
  test(`interrupted at “${at}”, the instance runs, there is no image, and one is told what stays`, () =>
    withAgent(0, '', async () => {
      const id = await instance();
      const release = at === 'Make an image' ? world.world.plane.hold('store') : () => {};
      const { code, err } = await tongjing(world.world, ['image', 'create', id, '--clean', '--yes'], {
        hear(line, interrupt) {
          if (!/^\[\d\/4\] /.test(line) || !line.includes(at)) return;
          interrupt();
          release();
        },
      });
      assert.equal(code, 130, err);
      if (at !== 'Clean up') assert.match(err, /as it was before but this: i-\w+ was cleaned up/);
      assert.deepEqual(await imagesOf(id), []);
      assert.equal(await statusOf(id), 'Running');
    }));
}
