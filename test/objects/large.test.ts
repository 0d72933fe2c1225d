import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createWorld } from '../world.ts';
import { killAll, startProcess, type ServiceProcess } from '../workload/serviceProcess.ts';
import { digestOf, objectClients, PART_BYTES, type Place } from './largeClients.ts';

/** 1 GiB and 10,000 keys with each client, over one service in a process of its own. */

const MIB = 1024 ** 2;
const SIZE_BYTES = 1024 * MIB;
const KEYS = 10_000;
/** Of the service: what it holds does not grow with what passes through. */
const MEMORY_MIB = 512;

suite('1 GiB in parts, ranges, a resumed download, 10,000 keys, copy, delete', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-large-'));
  const dataDir = join(folder, 'data');
  const file = join(folder, 'file');
  // A range over the edge of two parts.
  const [offset, length] = [8 * PART_BYTES - 100, 5000];
  const range = Buffer.alloc(length);
  const keys = Array.from({ length: KEYS }, (_, index) => `d${index % 7}/键 ${String(index).padStart(5, '0')}`).sort();
  let service: ServiceProcess;
  let place: Place;
  let digest: string;

  before(async () => {
    await makeKeys();
    service = await startProcess({ dataDir, logFile: join(folder, 'log') });
    const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as Place;
    place = { ...credentials, endpoint: service.endpoint, folder };
    await writeSparse();
    digest = await digestOf(createReadStream(file));
  });
  after(() => {
    killAll(dataDir);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Little on the disk, and no two MiB of it are the same. */
  async function writeSparse(): Promise<void> {
    await using sparse = await open(file, 'w+');
    await sparse.truncate(SIZE_BYTES);
    for (let at = 0; at < SIZE_BYTES; at += MIB) await sparse.write(randomBytes(4096), 0, 4096, at);
    await sparse.read(range, 0, length, offset);
  }

  /** One object, and as many rows that say they are its copies: 10,000 calls would show nothing more. */
  async function makeKeys(): Promise<void> {
    await using world = await createWorld({ dataDir });
    const at = objectClients['ali-oss, V1']!({ ...world.operator, endpoint: world.endpoint, folder });
    await at.makeBucket('many');
    await at.upload(import.meta.filename, 'many', keys[0]!);
    const { database } = world.parts;
    const row = await database.read.selectFrom('objects').selectAll().executeTakeFirstOrThrow();
    await database.write(async (tx) => {
      for (const key of keys.slice(1))
        await tx
          .insertInto('objects')
          .values({ ...row, key })
          .execute();
    });
  }

  for (const [name, client] of Object.entries(objectClients)) {
    test(name, async () => {
      const stored = () => readdirSync(join(dataDir, 'objects')).length;
      const atFirst = stored();
      const at = client(place);
      const bucket = `made-by-${name.replaceAll(/\W/g, '').toLowerCase()}`;
      await at.makeBucket(bucket);
      await at.upload(file, bucket, 'dir/large');
      assert.equal(stored(), atFirst + SIZE_BYTES / PART_BYTES);
      assert.deepEqual(await at.read?.(bucket, 'dir/large', offset, length), at.read && range);
      await at.copy(bucket, 'dir/large', 'copy');
      await at.remove(bucket, ['dir/large']);
      assert.deepEqual(await at.list(bucket), ['copy']);
      assert.equal(await at.downloadInTwo(bucket, 'copy'), digest);
      assert.deepEqual((await at.list('many')).sort(), keys);
      await at.remove(bucket, ['copy']);
      assert.equal(stored(), atFirst, 'nothing is left');
    });
  }

  test('the service held little of it', () => {
    const [, peakKib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))!;
    assert.ok(Number(peakKib) / 1024 < MEMORY_MIB, `${peakKib} KiB`);
  });
});
