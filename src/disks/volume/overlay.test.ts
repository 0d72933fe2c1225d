import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHUNK_BYTES, MAX_DISK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { Device } from '../nbd/device.ts';
import { errnoOf, Errno } from '../nbd/wire.ts';
import { baseOf, type Base } from './base.ts';
import { BLOCK_BYTES, hasBit } from './bitmaps.ts';
import { createVolumeFolder, dataPath } from './folder.ts';
import { createBlockCipher, type BlockCipher } from './blockCipher.ts';
import { createBlockFile } from './blockFile.ts';
import { readFrozen } from './frozen.ts';
import { openLive, type LiveVolume } from './live.ts';
import { createOverlay } from './overlay.ts';
import { Slot } from './shared.ts';

/** Two chunks and a half, ending inside of a block. */
const SIZE = 2.5 * CHUNK_BYTES + 1536;
const GROWN = 3 * CHUNK_BYTES;
const BLOCKS = Math.ceil(GROWN / BLOCK_BYTES);

/** Chunk 0 is stored, 1 is zero, 2 is stored. */
const stored = new Map([0, 2].map((index) => [index, Buffer.alloc(CHUNK_BYTES, `base ${index} `)]));
stored.get(2)!.fill(0, SIZE - 2 * CHUNK_BYTES);
const base: Base = baseOf({
  readChunk: (index) => stored.get(index) ?? null,
  hashOf: (index) => (stored.has(index) ? Buffer.alloc(32, 1) : null),
  nextData: (index) => (index === 0 ? 0 : index <= 2 ? 2 : MAX_DISK_BYTES / CHUNK_BYTES),
  close() {},
});
const emptyBase = baseOf(null);

/** In memory where there is such a file system: thousands of flushes, none of which a power cut could undo here. */
function memoryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tongjing-overlay-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface Rig {
  live: LiveVolume;
  device: Device;
  cipher: BlockCipher | null;
}

const KEY: ContentKey = { id: 'key', secret: Buffer.alloc(32, 7) };

/** A volume of its own, plain or encrypted. */
function create(folder: string, key: ContentKey | null = null): void {
  const spec = { volumeId: 'v', regionId: 'r', sizeBytes: SIZE, baseRoot: null, keyId: key?.id ?? null };
  createVolumeFolder(folder, spec, key);
}

function open(folder: string, under: Base, key: ContentKey | null = null): Rig {
  const live = openLive(folder, null, key !== null);
  const cipher = key && createBlockCipher(key, 'v');
  const { shared, dataFile } = live;
  live.shared.slots[Slot.writer] = 1;
  const ask = (what: 'mark' | 'pages') => (what === 'mark' ? live.mark() : live.writePages());
  return {
    live,
    cipher,
    device: createOverlay({
      shared,
      dataFile,
      blocks: createBlockFile(dataFile, cipher),
      base: under,
      writerId: 1,
      ask,
    }),
  };
}

function baseContent(under: Base): Buffer {
  const content = Buffer.alloc(GROWN);
  under.read(0, SIZE, content, 0);
  return content;
}

/** What is where after a crash: each block as it was flushed, or as anything written since left it. */
interface Model {
  sizeBytes: number;
  now: Buffer;
  /** Contents that a block may have after a crash, as strings; the last flush's first. */
  possible: Set<string>[];
  frozen: { content: Buffer; sizeBytes: number } | null;
  /** What the newest committed freeze held; clean chunks are equal to it. */
  committed: Buffer;
}

const blockOf = (content: Buffer, block: number) =>
  content.toString('latin1', block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);

function flushed(model: Model): void {
  model.possible = Array.from({ length: BLOCKS }, (_, block) => new Set([blockOf(model.now, block)]));
}

function changed(model: Model, offset: number, length: number): void {
  for (let block = Math.floor(offset / BLOCK_BYTES); block * BLOCK_BYTES < offset + length; block++)
    model.possible[block]!.add(blockOf(model.now, block));
}

type Step =
  | { do: 'write' | 'writeZeroes' | 'trim'; at: number; length: number; fill: number }
  | { do: 'flush' | 'freeze' | 'commit' | 'giveUp' | 'reopen' | 'crash' | 'grow' };

type Change = Extract<Step, { at: number }>;

const range = {
  at: fc.nat(SIZE - 1),
  length: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: SIZE })),
};
const aligned = {
  at: fc.nat(Math.floor(SIZE / BLOCK_BYTES) - 1).map((block) => block * BLOCK_BYTES),
  length: fc.integer({ min: 1, max: 70 }).map((blocks) => blocks * BLOCK_BYTES),
};
const change = (where: typeof range) =>
  fc.record({
    do: fc.constantFrom('write', 'write', 'writeZeroes', 'trim'),
    fill: fc.integer({ min: 1, max: 255 }),
    ...where,
  });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: change(range) },
    { weight: 4, arbitrary: change(aligned) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('flush', 'freeze', 'freeze', 'commit', 'giveUp', 'reopen', 'crash', 'grow'),
      }),
    },
  ),
  { maxLength: 25 },
) as fc.Arbitrary<Step[]>;

const write = (at: number, length = BLOCK_BYTES): Step => ({ do: 'write', at, length, fill: 9 });
const writeZeroes = (at: number, length = BLOCK_BYTES): Step => ({ do: 'writeZeroes', at, length, fill: 1 });
const act = (...what: Exclude<Step['do'], Change['do']>[]): Step[] => what.map((one) => ({ do: one }));
/** What chance meets too seldom. */
const examples: [Step[]][] = [
  // Overwritten in place after a commit, then cut off: the chunk may differ from what was committed.
  [[write(0), ...act('flush', 'freeze', 'commit'), { ...write(0), fill: 8 } as Step, ...act('crash')]],
  [
    [
      write(0),
      ...act('flush', 'freeze', 'commit', 'reopen'),
      { ...write(0), fill: 8 } as Step,
      ...act('crash', 'crash'),
    ],
  ],
  // Only zeroed, frozen and never committed: nothing in the data file tells of it.
  [[writeZeroes(0), ...act('freeze'), write(CHUNK_BYTES), ...act('flush', 'crash')]],
  [[writeZeroes(0), ...act('freeze'), writeZeroes(0), ...act('flush', 'giveUp', 'crash')]],
  // Written behind the end that a freeze saw.
  [[write(SIZE - 100, 100), ...act('freeze', 'grow'), write(SIZE, 1000), write(SIZE + 4096, 1000)]],
];

for (const [name, under, key] of [
  ['a stored base', base, null],
  ['nothing', emptyBase, null],
  ['a stored base, encrypted,', base, KEY],
  ['nothing, encrypted,', emptyBase, KEY],
] as const)
  test(`a volume over ${name} is what was written to it, frozen at any moment, through crashes`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        using temporary = memoryFolder();
        await play(temporary.path, under, sequence, key);
      }),
      { numRuns: 150, examples },
    );
  });

async function play(folder: string, under: Base, sequence: Step[], key: ContentKey | null): Promise<void> {
  let at = join(folder, 'v0');
  let copies = 0;
  create(at, key);
  let rig = open(at, under, key);
  const content = baseContent(under);
  const model: Model = { sizeBytes: SIZE, now: content, possible: [], frozen: null, committed: Buffer.from(content) };
  flushed(model);

  for (const step of sequence) {
    switch (step.do) {
      case 'write':
      case 'writeZeroes':
      case 'trim':
        doChange(rig, model, step);
        break;
      case 'flush':
        rig.device.flush();
        flushed(model);
        break;
      case 'freeze':
        if (model.frozen) break;
        rig.live.freeze('f');
        model.frozen = { content: Buffer.from(model.now), sizeBytes: model.sizeBytes };
        break;
      case 'commit':
        if (!model.frozen) break;
        await rig.live.thaw('f', { root: 'ab' });
        model.committed = model.frozen.content;
        model.frozen = null;
        // What a freeze held is made durable with it, and with it what was written since.
        flushed(model);
        break;
      case 'giveUp':
        await rig.live.thaw('f', null);
        model.frozen = null;
        break;
      case 'grow':
        rig.live.resize(GROWN);
        model.sizeBytes = GROWN;
        break;
      case 'reopen':
        rig.live.close();
        rig = open(at, under, key);
        model.frozen = null;
        flushed(model);
        break;
      case 'crash': {
        copies++;
        const next = join(folder, `v${copies}`);
        // What another process finds after kill -9: the files as they are.
        cpSync(at, next, { recursive: true });
        rig.live.close();
        rmSync(at, { recursive: true });
        at = next;
        rig = open(at, under, key);
        afterCrash(rig, model);
        break;
      }
    }
    check(rig, model, under);
  }
  rig.live.close();
}

function doChange({ device }: Rig, model: Model, { do: what, at, length: wanted, fill }: Change): void {
  const length = Math.min(wanted, model.sizeBytes - at);
  if (what === 'write') {
    const data = Buffer.alloc(length, fill);
    device.write(at, length, Buffer.concat([Buffer.alloc(3), data]), 3);
    data.copy(model.now, at);
    return changed(model, at, length);
  }
  device[what](at, length);
  let [from, to] = [at, at + length];
  if (what === 'trim') {
    from = Math.ceil(at / BLOCK_BYTES) * BLOCK_BYTES;
    if (to !== model.sizeBytes) to = Math.floor(to / BLOCK_BYTES) * BLOCK_BYTES;
  }
  if (to <= from) return;
  model.now.fill(0, from, to);
  changed(model, from, to - from);
}

function read(device: Device, offset: number, length: number): Buffer {
  const into = Buffer.alloc(length + 2, 0xee);
  device.read(offset, length, into, 1);
  assert.equal(into[0], 0xee);
  assert.equal(into[length + 1], 0xee);
  return into.subarray(1, length + 1);
}

/** Blocks that were not flushed may have any of the contents they had since; the rest is as it was. */
function afterCrash({ device }: Rig, model: Model): void {
  const found = Buffer.alloc(GROWN);
  read(device, 0, model.sizeBytes).copy(found);
  for (let block = 0; block < BLOCKS; block++)
    assert.ok(
      model.possible[block]!.has(blockOf(found, block)),
      `block ${block} has none of the contents it was given`,
    );
  model.now = found;
  model.frozen = null;
  flushed(model);
}

function check({ live, device, cipher }: Rig, model: Model, under: Base): void {
  const { sizeBytes, now, frozen, committed } = model;
  assert.equal(device.sizeBytes(), sizeBytes);
  assert.ok(read(device, 0, sizeBytes).equals(now.subarray(0, sizeBytes)));
  assert.ok(read(device, 5000, 99_000).equals(now.subarray(5000, 104_000)));

  let position = 0;
  while (position < sizeBytes)
    for (const { length, isZero } of device.extents(position, sizeBytes - position, 3)) {
      assert.ok(length > 0 && position + length <= sizeBytes);
      if (isZero) assert.ok(now.subarray(position, position + length).equals(Buffer.alloc(length)));
      position += length;
    }

  const { shared } = live;
  const plain = Buffer.alloc(CHUNK_BYTES);
  for (let chunk = 0; chunk * CHUNK_BYTES < sizeBytes; chunk++) {
    const part = (content: Buffer) => content.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    if (frozen && hasBit(shared.frozenDirty, chunk)) {
      assert.ok(readFrozen({ shared, dataFile: live.dataFile, cipher, base: under }, chunk, plain));
      assert.ok(plain.equals(part(frozen.content)), `chunk ${chunk} of the freeze`);
    } else if (frozen) {
      assert.ok(part(frozen.content).equals(part(committed)), `chunk ${chunk} is not in the freeze, but changed`);
    }
    if (!frozen && !hasBit(shared.dirty, chunk))
      assert.ok(part(now).equals(part(committed)), `chunk ${chunk} is not dirty, but changed`);
    if (frozen && !hasBit(shared.dirty, chunk))
      assert.ok(part(now).equals(part(frozen.content)), `chunk ${chunk} changed since the freeze, but is not dirty`);
  }
}

test('a write that fails changes nothing', () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  const { live } = open(folder, base);
  const readOnly = openSync(dataPath(folder), 'r');
  const failing = createOverlay({
    shared: live.shared,
    dataFile: readOnly,
    blocks: createBlockFile(readOnly, null),
    base,
    writerId: 1,
    ask: () => live.mark(),
  });
  const before = Buffer.from(stored.get(0)!.subarray(0, 8192));
  for (const [offset, length] of [
    [0, 4096],
    [100, 5000],
  ] as const)
    assert.throws(
      () => failing.write(offset, length, Buffer.alloc(length, 7), 0),
      (fault) => errnoOf(fault) === Errno.EIO,
    );
  assert.ok(read(failing, 0, 8192).equals(before));
  live.close();
});

test('when what is overwritten cannot be copied, the freeze is lost and the write succeeds', async () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  const { live, device } = open(folder, base);
  device.write(0, 4096, Buffer.alloc(4096, 1), 0);
  live.freeze('f');
  live.shared.slots[Slot.sideFile] = openSync(dataPath(folder), 'r');
  device.write(0, 4096, Buffer.alloc(4096, 2), 0);
  assert.equal(live.freezeId(), null);
  assert.equal(
    readFrozen({ shared: live.shared, dataFile: live.dataFile, cipher: null, base }, 0, Buffer.alloc(CHUNK_BYTES)),
    false,
  );
  assert.ok(read(device, 0, 4096).equals(Buffer.alloc(4096, 2)));
  await live.thaw('f', null);
  // Everything that the lost freeze held is still to be stored.
  live.freeze('g');
  assert.ok(hasBit(live.shared.frozenDirty, 0));
  live.close();
});

test('a writer that was sent away changes nothing', () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  const { live, device } = open(folder, emptyBase);
  live.shared.slots[Slot.writer] = 2;
  assert.throws(
    () => device.write(0, 4096, Buffer.alloc(4096, 1), 0),
    (fault) => errnoOf(fault) === Errno.ESHUTDOWN,
  );
  assert.ok(read(device, 0, 4096).equals(Buffer.alloc(4096)));
  live.close();
});

test('after a failed flush no later one succeeds', () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  const { live } = open(folder, emptyBase);
  // What cannot be synced: a character device.
  const unsyncable = openSync('/dev/null', 'r+');
  const device = createOverlay({
    shared: live.shared,
    dataFile: unsyncable,
    blocks: createBlockFile(unsyncable, null),
    base: emptyBase,
    writerId: 1,
    ask: () => {},
  });
  assert.throws(
    () => device.flush(),
    (fault) => errnoOf(fault) === Errno.EIO,
  );
  assert.throws(() => device.flush(), /an earlier flush failed/);
  assert.throws(() => live.close(), /an earlier flush/);
});

test('a freeze that a dead process held, committed: the next one holds all that differs from the base', async () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  let rig = open(folder, base);
  rig.device.write(CHUNK_BYTES, 4096, Buffer.alloc(4096, 1), 0);
  rig.live.freeze('f');
  await rig.live.thaw('f', { root: 'first' });
  rig.device.writeZeroes(0, 4096);
  rig.live.freeze('g');
  rig.live.close();
  rig = open(folder, base);
  assert.equal(rig.live.incrementalRoot(), 'first');
  await rig.live.thaw('g', { root: 'second' });
  assert.equal(rig.live.incrementalRoot(), null);
  assert.deepEqual(
    [0, 1, 2].map((chunk) => hasBit(rig.live.shared.dirty, chunk)),
    [true, true, false],
  );
  rig.live.close();
});

test('a committed freeze leaves dirty what was written since, and nothing else', async () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  let rig = open(folder, base);
  const dirty = () => [0, 1, 2].map((chunk) => hasBit(rig.live.shared.dirty, chunk));
  rig.device.write(0, 4096, Buffer.alloc(4096, 1), 0);
  rig.device.write(CHUNK_BYTES, 4096, Buffer.alloc(4096, 1), 0);
  rig.device.flush();
  rig.live.freeze('f');
  rig.device.write(CHUNK_BYTES, 4096, Buffer.alloc(4096, 2), 0);
  await rig.live.thaw('f', { root: 'first' });
  assert.deepEqual(dirty(), [false, true, false]);
  rig.live.close();
  rig = open(folder, base);
  assert.deepEqual(dirty(), [false, true, false]);
  assert.equal(rig.live.incrementalRoot(), 'first');
  rig.live.close();
});

test('a volume has one freeze at a time, and is held by one', () => {
  using temporary = memoryFolder();
  const folder = join(temporary.path, 'v');
  create(folder);
  const { live } = open(folder, base);
  live.freeze('f');
  assert.throws(() => live.freeze('g'), { code: 'VolumeFrozen', retryable: true });
  assert.equal(live.freezeId(), 'f');
  live.hold();
  assert.throws(() => live.hold(), { code: 'VolumeHeld', retryable: true });
  live.release();
  live.hold();
  live.close();
});
