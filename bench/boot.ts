import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { openGuestWorld, REGION, type InstanceItem } from '../test/guests/guestWorld.ts';
import { serveMetadata, startByHand, type HandMachine } from './bootByHand.ts';
import { DISK_GIB, GUEST_FIO, makeBootImage } from './bootImage.ts';
import { createFigures, printClaims, type Claim } from './measure.ts';

/**
 * A guest of ours against the same image in a QEMU that somebody starts by hand on a qcow2 overlay, interleaved: from RunInstances to the first word of SSH,
 * and fio in the guest. Before that, ten instances of one image, and what they take of the disk. A first round of boots, with cold caches, is not counted.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const MOST_BOOT_RATIO = 1.1;
/** Of 0.9x the speed. */
const MOST_IO_RATIO = 1 / 0.9;
const MOST_SHARE = 0.05;
const INSTANCES = 10;
const MEMORY_MIB = 256;
const MIB = 2 ** 20;
const KNOCK_MS = 100;
const MOST_KNOCK_MS = 2_000;
const WORKLOADS = [
  { name: 'first writes, 1 MiB sequential', rw: 'write', block: '1m', depth: 4, isFirst: true },
  { name: '1 MiB sequential read, QD4', rw: 'read', block: '1m', depth: 4 },
  { name: '4 KiB random read, QD8', rw: 'randread', block: '4k', depth: 8 },
  { name: '4 KiB random write, QD8', rw: 'randwrite', block: '4k', depth: 8 },
];
const FILE_MIB = 128;

const execute = promisify(execFile);
type Machine = { host: string; port: number; end(): Promise<void> };

await using world = await openGuestWorld(['--network', 'auto', '--guest-memory', String(MEMORY_MIB)]);
const { path: image, dataBytes } = await makeBootImage(world.folder);
const imageId = await world.importDisk(image, 'bench');
const accelerator = existsKvm() ? 'kvm' : 'tcg';
const metadata = await serveMetadata(readFileSync(join(world.folder, 'key.pub'), 'utf8').trim());
const alice = await world.tenant('bench');
const network = await alice.makeNetwork(REGION);
const figures = createFigures();
const claims: Claim[] = [];
let count = 0;
const kinds = [
  ['ours', startOurs],
  ['by hand', startPeer],
] as const;

try {
  console.log(
    `${rounds} rounds, medians; ${accelerator}, 1 CPU, ${MEMORY_MIB} MiB; network: as the service has it, and QEMU’s user mode; image: ${mib(dataBytes)} of data\n`,
  );
  // First of all: later, the files of deleted instances would still be going.
  const parts = { copies: benchCopies, boots: benchBoots, io: benchIo };
  for (const [name, part] of Object.entries(parts)) if ([undefined, name].includes(values.only)) await part();
  if (!printClaims(claims)) process.exitCode = 1;
} finally {
  metadata.close();
}

async function benchBoots(): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    for (const [name, start] of rotated(round)) {
      const startedAt = performance.now();
      const machine = await start();
      await banner(machine);
      const seconds = (performance.now() - startedAt) / 1000;
      if (round > 0) figures.add(name, seconds);
      await machine.end();
    }
  }
  const [ours, peer] = [figures.median('ours'), figures.median('by hand')];
  claims.push({
    what: 'RunInstances to SSH banner, against QEMU by hand on a qcow2 overlay',
    ours: `${ours.toFixed(2)} s`,
    peer: `${peer.toFixed(2)} s`,
    figure: ours / peer,
    target: MOST_BOOT_RATIO,
    unit: '',
  });
}

async function benchIo(): Promise<void> {
  const machines: [string, Machine][] = [];
  try {
    for (const [name, start] of kinds) machines.push([name, await start()]);
    for (const [, machine] of machines) await banner(machine);
    for (let round = 0; round < rounds; round++) {
      for (const workload of WORKLOADS) {
        for (const [name, machine] of round % 2 ? machines.toReversed() : machines) {
          figures.add(`${workload.name} ${name}`, await fio(machine, workload, round));
        }
      }
    }
    const contents = await Promise.all(
      machines.map(([, machine]) => ssh(machine, 'md5sum /root/round-* /opt/fio/fio /bin/busybox')),
    );
    if (contents[0] !== contents[1]) throw new Error(`The guests’ files differ:\n${contents.join('\n')}`);
  } finally {
    for (const [, machine] of machines) await machine.end();
  }
  for (const { name } of WORKLOADS) {
    const [ours, peer] = [figures.median(`${name} ours`), figures.median(`${name} by hand`)];
    claims.push({
      what: `in the guest: ${name} (fio; time)`,
      ours: `${ours.toFixed(1)} MiB/s`,
      peer: `${peer.toFixed(1)} MiB/s`,
      figure: peer / ours,
      target: MOST_IO_RATIO,
      unit: '',
    });
  }
}

async function benchCopies(): Promise<void> {
  const before = used();
  const ids = await run(INSTANCES);
  const machines = await Promise.all(ids.map(machineOf));
  await Promise.all(machines.map(banner));
  const grown = used() - before;
  for (const machine of machines) await machine.end();
  claims.push({
    what: `disk taken by ${INSTANCES} instances of one image that boot, against full copies of its data`,
    ours: mib(grown),
    peer: mib(INSTANCES * dataBytes),
    figure: grown / (INSTANCES * dataBytes),
    target: MOST_SHARE,
    unit: '',
  });
}

/** MiB/s. Every round writes a file of its own, the same on both sides; what comes after works on it. */
async function fio(machine: Machine, workload: (typeof WORKLOADS)[number], round: number): Promise<number> {
  execFileSync('sync');
  const { rw, block, depth } = workload;
  const options = [
    `--name=bench --filename=/root/round-${round} --size=${FILE_MIB}m --rw=${rw} --bs=${block} --iodepth=${depth}`,
    // Its speed depends on the machine; what it leaves must not.
    `--ioengine=libaio --direct=1 --thread --end_fsync=1 --norandommap --randseed=${round + 1}`,
    `--buffer_pattern=0x${(round + 0x51).toString(16)} --output-format=json`,
    ...(workload.isFirst ? [] : [`--time_based --runtime=${values.seconds}`]),
  ];
  const output = await ssh(machine, `${GUEST_FIO} ${options.join(' ')}`);
  type Side = { bw_bytes: number };
  const { jobs } = JSON.parse(output.slice(output.indexOf('{'))) as {
    jobs: { error: number; read: Side; write: Side }[];
  };
  const { bw_bytes } = rw.endsWith('read') ? jobs[0]!.read : jobs[0]!.write;
  if (jobs[0]!.error !== 0 || bw_bytes === 0) throw new Error('fio failed in a guest');
  return bw_bytes / MIB;
}

async function ssh({ host, port }: Machine, command: string): Promise<string> {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `IdentityFile=${join(world.folder, 'key')}`];
  options.push('StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', `Port=${port}`);
  const args = options.flatMap((option) => ['-o', option]);
  return (await execute('ssh', ['-F', 'none', ...args, `root@${host}`, command])).stdout;
}

/** Waits until the guest's SSH server says its first word. */
async function banner({ host, port }: Machine): Promise<void> {
  const heard = Promise.withResolvers<void>();
  for (;;) {
    const socket = connect(port, host).setTimeout(MOST_KNOCK_MS);
    socket.on('timeout', () => socket.destroy()).on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.toString('latin1').startsWith('SSH-2.0-')) heard.resolve();
      socket.destroy();
    });
    if ((await Promise.race([heard.promise, delay(KNOCK_MS, 'late')])) !== 'late') return;
  }
}

async function startPeer(): Promise<Machine> {
  const name = `by-hand-${++count}`;
  const { port, end }: HandMachine = await startByHand({
    folder: world.folder,
    image,
    name,
    accelerator,
    memoryMib: MEMORY_MIB,
    metadataPort: metadata.port,
  });
  return { host: '127.0.0.1', port, end };
}

async function startOurs(): Promise<Machine> {
  const [id] = await run(1);
  return machineOf(id!);
}

async function run(Amount: number): Promise<string[]> {
  const { InstanceIdSets } = await alice.call<{ InstanceIdSets: { InstanceIdSet: string[] } }>('RunInstances', {
    RegionId: REGION,
    InstanceType: 'ecs.g6.large',
    ImageId: imageId,
    'SystemDisk.Size': DISK_GIB,
    KeyPairName: 'key',
    InternetMaxBandwidthOut: 5,
    Amount,
    ...network,
  });
  return InstanceIdSets.InstanceIdSet;
}

async function machineOf(InstanceId: string): Promise<Machine> {
  const [item] = await describe(InstanceId);
  return {
    host: item!.PublicIpAddress.IpAddress[0]!,
    port: 22,
    async end() {
      // While it comes to be `Running` it can't be deleted.
      while ((await describe(InstanceId))[0]?.Status !== 'Running') await delay(KNOCK_MS);
      await alice.call('DeleteInstance', { InstanceId, Force: true });
      while ((await describe(InstanceId)).length > 0) await delay(KNOCK_MS);
    },
  };
}

async function describe(instanceId: string): Promise<InstanceItem[]> {
  const asked = { RegionId: REGION, InstanceIds: JSON.stringify([instanceId]) };
  const { Instances } = await alice.call<{ Instances: { Instance: InstanceItem[] } }>('DescribeInstances', asked);
  return Instances.Instance;
}

/** Bytes of the disk that the data folder takes. */
function used(): number {
  execFileSync('sync');
  return Number(execFileSync('du', ['-s', '--block-size=1', world.dataDir], { encoding: 'utf8' }).split('\t')[0]);
}

/** What the service found at its start. */
function existsKvm(): boolean {
  return /qemu \(KVM\)/.test(
    execFileSync(join(import.meta.dirname, '../bin/tongjing'), ['doctor', '--data', world.dataDir], {
      encoding: 'utf8',
    }),
  );
}

function rotated(round: number): (typeof kinds)[number][] {
  return round % 2 ? kinds.toReversed() : [...kinds];
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
