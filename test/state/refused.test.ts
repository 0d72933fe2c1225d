import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FRAME_KINDS, type FrameKind } from '../../src/state/format.ts';
import { createFrameReader, createFrameWriter } from '../../src/state/frames.ts';
import { contentOf, createLifeWorld, MIB } from '../requirements/world.ts';
import { seededBytes } from '../world.ts';
import { tongjing, type Ran } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tongjing-state-'));
const world = join(folder, 'world');
const file = join(folder, 'world.state');
after(() => rmSync(folder, { recursive: true, force: true }));

/** A small world, at rest. */
await (async () => {
  await using life = await createLifeWorld({}, { dataDir: world });
  const base = await life.image(contentOf('base', 600_000));
  const alice = await life.tenant('alice');
  const { diskIds } = await alice.run(base);
  await life.write(diskIds[0]!, 0, contentOf('system', MIB));
})();
(await tongjing(['state', 'save', file, '--json', '--data', world])).json();
const whole = readFileSync(file);

/** What `--data` is for a load that is refused, before and after it. */
async function refuses(code: string, bytes: Buffer, why: RegExp | null = null): Promise<Ran> {
  const bad = join(folder, 'bad.state');
  const target = join(folder, 'target');
  writeFileSync(bad, bytes);
  const ran = await tongjing(['state', 'load', bad, '--data', target]);
  assert.equal(ran.code, 1, `${code} expected, but it was loaded`);
  assert.equal(ran.err.split('\n').at(-3)!.split(':')[0], code, ran.err);
  if (why) assert.match(ran.err, why);
  assert.equal(existsSync(target), false, 'what the load made is removed');
  return ran;
}

interface Frame {
  kind: FrameKind;
  payload: Buffer;
}

function framesOf(path: string): Frame[] {
  const input = openSync(path, 'r');
  const reader = createFrameReader(input);
  const found: Frame[] = [];
  for (let kind = reader.peek(); kind !== 'DONE'; kind = reader.peek())
    found.push({ kind, payload: Buffer.from(reader.take(kind)) });
  reader.end();
  closeSync(input);
  return found;
}

/** A state file that is whole, whatever is in it. */
function fileOf(frames: readonly Frame[]): Buffer {
  const path = join(folder, 'made.state');
  const output = openSync(path, 'w');
  const writer = createFrameWriter(output);
  for (const { kind, payload } of frames) writer.put(kind, payload);
  writer.end();
  closeSync(output);
  return readFileSync(path);
}

const json = (value: object) => Buffer.from(JSON.stringify(value));
const frames = framesOf(file);
const first = (kind: FrameKind) => frames.findIndex((frame) => frame.kind === kind);
const replaced = (at: number, ...by: Frame[]) => fileOf(frames.toSpliced(at, 1, ...by));

test('a file of every kind of frame; what is whole is loaded', async () => {
  for (const kind of FRAME_KINDS.filter((one) => one !== 'DONE')) assert.ok(first(kind) >= 0, kind);
  assert.ok(fileOf(frames).equals(whole));
});

test('a file that is cut short, longer, or has any other byte is refused, and nothing is left of it', async (t) => {
  const seed = Number(process.env['STATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}`);
  const random = seededBytes(seed);
  const below = (limit: number) => Buffer.from(random(4)).readUInt32LE(0) % limit;
  const lengths = [0, 1, 15, 16, 17, 28, whole.length - 1, whole.length - 32, whole.length - 44];
  for (let count = 0; count < 12; count++) lengths.push(below(whole.length));
  for (const length of lengths) await refuses('StateFileInvalid', whole.subarray(0, length));
  await refuses('StateFileInvalid', Buffer.concat([whole, Buffer.of(0)]), /behind its end/);
  // The version, at 8 to 11, is another test's.
  const places = [0, 7, 16, 20, 24, 28, whole.length - 1, whole.length - 40];
  for (let count = 0; count < 24; count++) places.push(12 + below(whole.length - 12));
  for (const at of places) {
    // Behind the version in the header four bytes mean nothing, but for the sum of all.
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1 << below(8);
    await refuses('StateFileInvalid', bytes);
  }
});

test('what is newer than the program is refused: the file, the data folder, the records, a volume, a chunk', async () => {
  const newer = Buffer.from(whole);
  newer.writeUInt32LE(2, 8);
  await refuses('FormatTooNew', newer, /newer version of Tongjing/);
  const info = JSON.parse(frames[0]!.payload.toString()) as object;
  await refuses('FormatTooNew', replaced(0, { kind: 'INFO', payload: json({ ...info, dataFormat: 2 }) }));

  const at = first('FILE');
  const records = join(folder, 'records.db');
  const count = frames.slice(at + 1).findIndex(({ kind }) => kind !== 'DATA');
  writeFileSync(records, Buffer.concat(frames.slice(at + 1, at + 1 + count).map(({ payload }) => payload)));
  const database = new DatabaseSync(records);
  database.exec(`INSERT INTO kysely_migration VALUES ('999-tomorrow', '2099-01-01T00:00:00.000Z')`);
  database.close();
  const bytes = readFileSync(records);
  const pieces: Frame[] = [{ kind: 'FILE', payload: json({ path: 'records.db', sizeBytes: bytes.length }) }];
  for (let done = 0; done < bytes.length; done += MIB)
    pieces.push({ kind: 'DATA', payload: bytes.subarray(done, done + MIB) });
  await refuses('FormatTooNew', fileOf(frames.toSpliced(at, count + 1, ...pieces)));

  const volume = JSON.parse(frames[first('VOLU')]!.payload.toString()) as { identity: object };
  const identity = { ...volume.identity, version: 3 };
  await refuses('FormatTooNew', replaced(first('VOLU'), { kind: 'VOLU', payload: json({ ...volume, identity }) }));
});

test('what does not belong together is refused, whole as the file is', async () => {
  await refuses('StateFileInvalid', fileOf(frames.toSpliced(first('CHNK'), 1)), /chunk [0-9a-f]{64} is missing/);
  const page = frames.findLastIndex(({ kind }) => kind === 'CHNK');
  await refuses('StateFileInvalid', fileOf(frames.toSpliced(page, 1)), /chunk [0-9a-f]{64} is missing/);
  await refuses('StateFileInvalid', fileOf(frames.toSpliced(first('DATA'), 1)), /instead of/);
  await refuses('StateFileInvalid', fileOf(frames.toSpliced(first('FILE'), 1)));
  await refuses('StateFileInvalid', fileOf(frames.slice(0, 1)), /no records/);
  await refuses('StateFileInvalid', fileOf([...frames, ...frames]));
  for (const path of ['../outside', '/etc/outside', 'objects/../../outside', 'credentials.json'])
    await refuses('StateFileInvalid', fileOf([...frames, { kind: 'FILE', payload: json({ path, sizeBytes: 0 }) }]));
  const volume = JSON.parse(frames[first('VOLU')]!.payload.toString()) as { identity: object };
  const identity = { ...volume.identity, volumeId: '../outside' };
  await refuses('StateFileInvalid', replaced(first('VOLU'), { kind: 'VOLU', payload: json({ ...volume, identity }) }));
  await refuses(
    'StateFileInvalid',
    replaced(first('STOR'), { kind: 'STOR', payload: json({ regionId: '../outside' }) }),
  );
  const far = Buffer.from(frames[first('BLKS')]!.payload);
  far.writeBigUInt64LE(2n ** 40n, 0);
  await refuses('StateFileInvalid', replaced(first('BLKS'), { kind: 'BLKS', payload: far }));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('outside')),
    [],
  );
  await refuses('StateFileInvalid', Buffer.from('a text, and no state file at all'));
});

test('a folder that is not empty is left alone, unless it is to be replaced', async () => {
  const target = join(folder, 'other');
  mkdirSync(target);
  writeFileSync(join(target, 'notes.txt'), 'mine');
  const refused = await tongjing(['state', 'load', file, '--data', target]);
  assert.match(refused.err, /^DataFolderNotEmpty: .*\n.*--replace/m);
  assert.equal(readFileSync(join(target, 'notes.txt'), 'utf8'), 'mine');
  assert.equal(existsSync(join(target, 'records.db')), false);

  (await tongjing(['state', 'load', file, '--replace', '--json', '--data', target])).json();
  assert.equal(readFileSync(join(target, 'notes.txt'), 'utf8'), 'mine');
  // Over a world: what it had that the saved one has not is gone.
  writeFileSync(join(target, 'root.key'), 'a key');
  mkdirSync(join(target, 'volumes', 'd-old'));
  (await tongjing(['state', 'load', file, '--replace', '--json', '--data', target])).json();
  assert.equal(existsSync(join(target, 'root.key')), existsSync(join(world, 'root.key')));
  assert.deepEqual(readdirSync(join(target, 'volumes')), readdirSync(join(world, 'volumes')));
  assert.equal(statSync(join(target, 'records.db')).mode & 0o077, 0);
});

test('a damaged chunk is not saved as if it were sound, and the file of before stays', async () => {
  const copy = join(folder, 'damaged');
  const path = join(folder, 'damaged.state');
  (await tongjing(['state', 'load', file, '--json', '--data', copy])).json();
  writeFileSync(path, 'of before');
  const [region] = readdirSync(join(copy, 'regions'));
  const segments = join(copy, 'regions', region!, 'segments');
  const segment = join(segments, readdirSync(segments)[0]!);
  const bytes = readFileSync(segment);
  bytes[200]! ^= 1;
  writeFileSync(segment, bytes);
  const ran = await tongjing(['state', 'save', path, '--data', copy]);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /^ChunkDamaged: Chunk [0-9a-f]{64} .*\ntongjing verify /m);
  assert.equal(readFileSync(path, 'utf8'), 'of before');
  assert.equal(existsSync(`${path}.partial`), false);
});

test('where nothing can be saved: no data folder, a folder as the file, a file in no folder', async () => {
  const nowhere = join(folder, 'nowhere');
  const ran = await tongjing(['state', 'save', join(folder, 'x.state'), '--data', nowhere]);
  assert.equal(ran.code, 3);
  assert.match(ran.err, /^NotRunning: /);
  assert.equal(existsSync(nowhere), false);
  assert.match((await tongjing(['state', 'save', folder, '--data', world])).err, /^NotAFile: /m);
  assert.match((await tongjing(['state', 'save', join(nowhere, 'x'), '--data', world])).err, /^FileMissing: /m);
  assert.match((await tongjing(['state', 'load', join(folder, 'x.state'), '--data', nowhere])).err, /^FileMissing: /m);
  assert.equal(existsSync(nowhere), false);
});

test('a load that fails leaves an empty folder empty, and folders above that it made are gone', async () => {
  const bad = join(folder, 'cut.state');
  writeFileSync(bad, whole.subarray(0, whole.length - 1));
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  assert.match((await tongjing(['state', 'load', bad, '--data', empty])).err, /^StateFileInvalid: /m);
  assert.deepEqual(readdirSync(empty), []);
  assert.match((await tongjing(['state', 'load', bad, '--data', join(empty, 'a', 'b')])).err, /^StateFileInvalid: /m);
  assert.deepEqual(readdirSync(empty), []);
  (await tongjing(['state', 'load', file, '--json', '--data', join(empty, 'a', 'b')])).json();
});

test('a service on the folder: saved by it, never loaded over it', async () => {
  const target = join(folder, 'served');
  (await tongjing(['state', 'load', file, '--json', '--data', target])).json();
  await using life = await createLifeWorld({}, { dataDir: target });
  const path = join(folder, 'served.state');
  assert.match(
    (await tongjing(['state', 'load', file, '--replace', '--data', target])).err,
    /^DataFolderInUse: .*\nStop/m,
  );
  (await tongjing(['state', 'save', path, '--json', '--data', target])).json();
  assert.deepEqual(
    framesOf(path)
      .map(({ kind }) => kind)
      .filter((kind) => kind === 'CHNK').length,
    frames.filter(({ kind }) => kind === 'CHNK').length,
  );
  await assert.rejects(life.operator('state/save', { path: 'not-absolute' }), /InvalidParameter/);
});
