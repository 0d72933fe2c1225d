import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync, closeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLog } from '../src/base/log.ts';
import type { Blocks } from '../src/blocks/blocks.ts';
import { CHUNK_BYTES } from '../src/blocks/format.ts';
import { storeDisk, temporaryStore } from '../src/blocks/storeFixture.ts';
import { connectNbd } from '../src/disks/nbd/client.ts';
import { openVolumes } from '../src/disks/openVolumes.ts';
import { noKeys } from '../test/fakes/noKeys.ts';

/**
 * fio's nbd engine against a volume, `qemu-nbd -f raw` and `nbdkit file`, interleaved; then the first writes to a clone against
 * a qcow2 overlay. Every server gets the same writes in the same order, and their contents are compared at the end.
 * At depth 1 the time is that of two wake-ups a request, 10 us or 40 us each as the scheduler puts client and server on one
 * CPU or on two: there fio has the first CPU to itself, and every server the others.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'size-mib': { type: 'string', default: '1024' },
    folder: { type: 'string', default: tmpdir() },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const sizeBytes = Number(values['size-mib']) * 2 ** 20;
const MIB = 2 ** 20;
const CPUS = availableParallelism();
const EVERY_CPU = `0-${CPUS - 1}`;

interface Workload {
  name: string;
  rw: 'read' | 'write' | 'randread' | 'randwrite';
  blockBytes: number;
  depth: number;
  ioBytes: number;
}

const sequential = (rw: 'read' | 'write'): Workload => ({
  name: `1 MiB sequential ${rw}, QD4`,
  rw,
  blockBytes: MIB,
  depth: 4,
  ioBytes: 2 * sizeBytes,
});
const random = (rw: 'read' | 'write', depth: number): Workload => ({
  name: `4 KiB random ${rw}, QD${depth}`,
  rw: `rand${rw}`,
  blockBytes: 4096,
  depth,
  ioBytes: (depth === 1 ? 0.15 : 0.4) * sizeBytes,
});
const WORKLOADS = [
  sequential('read'),
  random('read', 1),
  random('read', 32),
  sequential('write'),
  random('write', 1),
  random('write', 32),
].filter(({ name }) => !values.only || name.includes(values.only));
const FIRST_WRITES: Workload[] = [
  { ...sequential('write'), name: 'first writes to a clone, 1 MiB sequential, QD4', ioBytes: sizeBytes },
  { ...random('write', 32), name: 'first writes to a clone, 4 KiB random, QD32' },
  { ...random('write', 1), name: 'first writes to a clone, 4 KiB random, QD1' },
].filter(({ name }) => !values.only || name.includes(values.only));

const MIN_RATIO = 1;
const MIN_RATIO_CLONE = 0.9;
const MOST_ATTACH_MS = 100;

const folder = mkdtempSync(join(values.folder, 'tongjing-bench-'));
using store = temporaryStore();
const blocks = { folder: () => store.folder } as unknown as Blocks;
const volumes = await openVolumes({ dataFolder: join(folder, 'data'), blocks, keys: noKeys, log: silentLog });
const children: ChildProcess[] = [];
let failed = false;

try {
  console.log(`${rounds} rounds, ${sizeBytes / MIB} MiB disks, medians, MiB/s or thousand operations a second\n`);
  await benchLive();
  await benchClones();
  await benchAttach();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await volumes[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function benchLive(): Promise<void> {
  if (WORKLOADS.length === 0) return;
  const source = join(folder, 'source.raw');
  writeRandomFile(source);
  await volumes.create({ volumeId: 'v-bench', regionId: 'bench', sizeBytes, baseRoot: null, keyId: null });
  const servers: [string, string][] = [
    ['tongjing', (await volumes.open('v-bench')).uri],
    ['qemu-nbd', await serve('qemu', (socket) => ['qemu-nbd', '-t', '-f', 'raw', '-k', socket, emptyFile('qemu.raw')])],
    ['nbdkit', await serve('nbdkit', (socket) => ['nbdkit', '-f', '-U', socket, 'file', emptyFile('nbdkit.raw')])],
  ];
  for (const [, uri] of servers) execFileSync('nbdcopy', ['--flush', source, uri]);

  const rows = await measure(WORKLOADS, async (round) => rotate(servers, round));
  for (const [, uri] of servers.slice(1)) compare(servers[0]![1], uri);
  print(rows, 'qemu-nbd', MIN_RATIO);
}

async function benchClones(): Promise<void> {
  if (FIRST_WRITES.length === 0) return;
  const base = join(folder, 'source.raw');
  const contents = new Map<number, Buffer>();
  for (let index = 0; index * CHUNK_BYTES < sizeBytes; index++) contents.set(index, randomBytes(CHUNK_BYTES));
  const file = openSync(base, 'w');
  for (const [index, bytes] of contents) writeSync(file, bytes, 0, CHUNK_BYTES, index * CHUNK_BYTES);
  closeSync(file);
  const baseRoot = await storeDisk(store, contents);
  contents.clear();

  const rows: Row[] = [];
  let count = 0;
  for (const workload of FIRST_WRITES) {
    const last: string[] = [];
    const [row] = await measure([workload], async (round) => {
      count++;
      const volumeId = `v-clone-${count}`;
      await volumes.create({ volumeId, regionId: 'bench', sizeBytes, baseRoot, keyId: null });
      const overlay = join(folder, `overlay-${count}.qcow2`);
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', overlay]);
      const ours = (await volumes.open(volumeId)).uri;
      const theirs = await serve(`overlay-${count}`, (socket) => [
        'qemu-nbd',
        '-t',
        '-f',
        'qcow2',
        '-k',
        socket,
        overlay,
      ]);
      last.splice(0, 2, ours, theirs);
      return rotate(
        [
          ['tongjing', ours],
          ['qcow2 overlay', theirs],
        ],
        round,
      );
    });
    compare(last[0]!, last[1]!);
    rows.push(row!);
  }
  print(rows, 'qcow2 overlay', MIN_RATIO_CLONE);
}

/** From asking for it until its socket takes clients; one then reads. */
async function benchAttach(): Promise<void> {
  await volumes.create({ volumeId: 'v-large', regionId: 'bench', sizeBytes: 2 * 2 ** 40, baseRoot: null, keyId: null });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const { socketPath } = await volumes.open('v-large');
    times.push(performance.now() - began);
    const client = await connectNbd(socketPath);
    await client.read(2 ** 40, 4096);
    await client.disconnect();
    await volumes.close('v-large');
  }
  const ms = median(times);
  failed ||= ms >= MOST_ATTACH_MS;
  console.log(`Attaching an empty 2 TiB disk: ${ms.toFixed(0)} ms (at most ${MOST_ATTACH_MS})`);
}

interface Row {
  workload: Workload;
  figures: Map<string, number>;
}

async function measure(
  workloads: Workload[],
  serversOf: (round: number) => Promise<[string, string][]>,
): Promise<Row[]> {
  const results = workloads.map((workload) => ({ workload, all: new Map<string, number[]>() }));
  for (let round = 0; round < rounds; round++) {
    const servers = await serversOf(round);
    for (const [index, { workload, all }] of results.entries()) {
      for (const [name, uri] of servers) {
        const figure = runFio(workload, uri, 1 + ((round * workloads.length + index) % 255));
        all.set(name, [...(all.get(name) ?? []), figure]);
      }
    }
  }
  return results.map(({ workload, all }) => ({
    workload,
    figures: new Map([...all].map(([name, figures]) => [name, median(figures)])),
  }));
}

/** The servers' processes all name the bench's folder. */
function placeServers(cpus: string): void {
  const pids = execFileSync('pgrep', ['-f', folder], { encoding: 'utf8' }).trim().split('\n');
  for (const pid of pids) execFileSync('taskset', ['-a', '-c', '-p', cpus, pid], { stdio: 'ignore' });
}

/** MiB/s of large blocks, thousand operations a second of small ones. Not one byte of it depends on the server. */
function runFio(workload: Workload, uri: string, pattern: number): number {
  // What an earlier run left dirty is not this one's to write back.
  execFileSync('sync');
  const { rw, blockBytes, depth, ioBytes } = workload;
  const [client, servers] = depth === 1 && CPUS > 1 ? ['0', `1-${CPUS - 1}`] : [EVERY_CPU, EVERY_CPU];
  placeServers(servers);
  const output = execFileSync(
    'taskset',
    [
      '-c',
      client,
      'fio',
      '--name=bench',
      '--ioengine=nbd',
      `--uri=${uri}`,
      `--rw=${rw}`,
      `--bs=${blockBytes}`,
      `--iodepth=${depth}`,
      `--size=${sizeBytes}`,
      `--io_size=${Math.floor(ioBytes / blockBytes) * blockBytes}`,
      '--norandommap',
      `--randseed=${pattern}`,
      `--buffer_pattern=0x${pattern.toString(16).padStart(2, '0')}`,
      '--output-format=json',
    ],
    { encoding: 'utf8', maxBuffer: 16 * MIB },
  );
  const { jobs } = JSON.parse(output.slice(output.indexOf('{'))) as {
    jobs: { error: number; read: { bw_bytes: number; iops: number }; write: { bw_bytes: number; iops: number } }[];
  };
  const side = rw.endsWith('read') ? jobs[0]!.read : jobs[0]!.write;
  if (jobs[0]!.error !== 0 || side.iops === 0) throw new Error(`fio failed on ${uri}`);
  return blockBytes === MIB ? side.bw_bytes / MIB : side.iops / 1000;
}

function print(rows: Row[], peer: string, least: number): void {
  const names = ['tongjing', 'qemu-nbd', 'qcow2 overlay', 'nbdkit'].filter((name) => rows[0]!.figures.has(name));
  console.log(`| | ${names.join(' | ')} | ratio to ${peer} | |`);
  console.log(`|---|${names.map(() => '---:').join('|')}|---:|---|`);
  for (const { workload, figures } of rows) {
    const ratio = figures.get('tongjing')! / figures.get(peer)!;
    const isMet = ratio >= least;
    failed ||= !isMet;
    const shown = names.map((name) => figures.get(name)!.toFixed(1));
    console.log(`| ${workload.name} | ${shown.join(' | ')} | ${ratio.toFixed(2)} | ${isMet ? '' : `below ${least}`} |`);
  }
  console.log();
}

function compare(a: string, b: string): void {
  execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', a, b]);
}

async function serve(name: string, command: (socket: string) => string[]): Promise<string> {
  const sockets = join(folder, 'sockets');
  mkdirSync(sockets, { recursive: true });
  const socket = join(sockets, `${name}.sock`);
  const [program, ...args] = command(socket);
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  await once(child, 'spawn');
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return `nbd+unix:///?socket=${socket}`;
}

function emptyFile(name: string): string {
  const path = join(folder, name);
  execFileSync('truncate', ['-s', String(sizeBytes), path]);
  return path;
}

function writeRandomFile(path: string): void {
  const file = openSync(path, 'w');
  for (let at = 0; at < sizeBytes; at += MIB) writeSync(file, randomBytes(MIB));
  closeSync(file);
}

function rotate<T>(items: T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
