import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createIds } from '../src/base/ids.ts';
import { openDatabase } from '../src/records/database.ts';
import { findOperator } from '../src/records/tables/accounts.ts';
import { imageRow, snapshotRow } from '../test/fakes/rows.ts';
import { goRequest, send, v3Request, type RawRequest } from '../test/wire/rawClient.ts';
import type { Account } from '../test/world.ts';

/**
 * Signed API requests against the real service in a process of its own: DescribeImages pages of 10 out of 1,000 images, and RunInstances.
 * The load comes from another process over keep-alive connections, one request at a time on each; requests are signed beforehand, every one
 * with a nonce of its own, and every answer is checked.
 */
const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000' },
    pages: { type: 'string', default: '10000' },
    instances: { type: 'string', default: '200' },
    connections: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    scheme: { type: 'string', default: 'V3' },
    profile: { type: 'boolean', default: false },
    generate: { type: 'boolean', default: false },
  },
});

const TARGET_PAGES_PER_SECOND = 2000;
const PAGE_SIZE = 10;
/** Of /proc/<pid>/stat. */
const TICK_MS = 10;
const root = new URL('..', import.meta.url).pathname;

interface Load {
  endpoint: string;
  connections: number;
  requests: RawRequest[];
  /** A text that every answer holds. */
  expected: string;
}

interface Result {
  perSecond: number;
  /** The service's processor time, whatever else the machine does. */
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
}

type Timing = Omit<Result, 'cpuUs'>;

if (values.generate) process.on('message', (load: Load) => void generate(load).then((result) => process.send!(result)));
else await main();

async function main(): Promise<void> {
  const imageCount = Number(values.images);
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-bench-api-'));
  await (await startService(dataDir)).stop();
  const account = await seed(dataDir, imageCount);
  const service = await startService(dataDir);
  const generator = fork(new URL(import.meta.url).pathname, ['--generate'], { serialization: 'advanced' });
  try {
    const { endpoint } = service;
    const instance = await prepareInstances(endpoint, account);
    const measure = async (requests: RawRequest[], expected: string): Promise<Result> => {
      const before = service.cpuMs();
      const result = await ask(generator, { endpoint, connections: Number(values.connections), requests, expected });
      return { ...result, cpuUs: ((service.cpuMs() - before) * 1000) / requests.length };
    };
    const pages = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        sign(account, endpoint, 'DescribeImages', {
          RegionId: 'cn-hangzhou',
          ImageOwnerAlias: 'self',
          PageSize: String(PAGE_SIZE),
          PageNumber: String((index % (imageCount / PAGE_SIZE)) + 1),
        }),
      );
    const runs = (count: number) =>
      Array.from({ length: count }, () => sign(account, endpoint, 'RunInstances', instance));

    await measure(pages(1000), `"TotalCount":${imageCount}`);
    const describing: Result[] = [];
    const running: Result[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      describing.push(await measure(pages(Number(values.pages)), `"TotalCount":${imageCount}`));
      running.push(await measure(runs(Number(values.instances)), '"InstanceIdSet":["i-'));
    }
    report(describing, running);
  } finally {
    generator.kill();
    await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function sign(account: Account, endpoint: string, action: string, parameters: Record<string, string>): RawRequest {
  return values.scheme === 'V1'
    ? goRequest(account, { action, parameters })
    : v3Request(account, { endpoint }, { action, parameters });
}

function report(describing: readonly Result[], running: readonly Result[]): void {
  const median = (results: readonly Result[], of: keyof Result) =>
    results.map((result) => result[of]).sort((a, b) => a - b)[results.length >> 1]!;
  console.log(`${values.rounds} rounds, medians; ${values.connections} connections, signature ${values.scheme}\n`);
  console.log('| request | requests/s | p50 ms | p99 ms | service CPU µs | |');
  console.log('|---|---:|---:|---:|---:|---|');
  const line = (name: string, results: readonly Result[], note: string) =>
    console.log(
      `| ${name} | ${Math.round(median(results, 'perSecond'))} | ${median(results, 'p50Ms').toFixed(1)} | ${median(results, 'p99Ms').toFixed(1)} | ${Math.round(median(results, 'cpuUs'))} | ${note} |`,
    );
  const isMet = median(describing, 'perSecond') >= TARGET_PAGES_PER_SECOND;
  line(
    `DescribeImages, page of ${PAGE_SIZE} out of ${values.images}`,
    describing,
    isMet ? '' : `below ${TARGET_PAGES_PER_SECOND}`,
  );
  line('RunInstances', running, '');
  if (!isMet) process.exitCode = 1;
}

interface Running {
  endpoint: string;
  cpuMs(): number;
  stop(): Promise<void>;
}

async function startService(dataDir: string): Promise<Running> {
  const log = openSync(join(dataDir, 'bench.log'), 'a');
  const profile = values.profile ? ['--cpu-prof', '--cpu-prof-dir', tmpdir()] : [];
  const args = [
    '--disable-warning=ExperimentalWarning',
    ...profile,
    join(root, 'src/main.ts'),
    '--port',
    '0',
    '--data',
    dataDir,
    '--account-rate',
    '0',
    '--driver',
    'none',
  ];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', log] });
  const ended = once(child, 'exit');
  let endpoint = '';
  for await (const text of createInterface({ input: child.stdout! })) {
    endpoint = /^Endpoint +(http:\S+)/.exec(text)?.[1] ?? endpoint;
    if (text === 'Ready.') break;
  }
  if (!endpoint) throw new Error(readFileSync(join(dataDir, 'bench.log'), 'utf8'));
  child.stdout!.resume();
  return {
    endpoint,
    cpuMs() {
      const [utime, stime] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
      return (Number(utime) + Number(stime)) * TICK_MS;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Images straight into the records: what they hold does not matter here, how many there are does. */
async function seed(dataDir: string, imageCount: number): Promise<Account> {
  await using database = await openDatabase(join(dataDir, 'records.db'));
  const { account, accessKey } = (await findOperator(database.read))!;
  const owned = { accountId: account.id, regionId: 'cn-hangzhou' };
  const ids = createIds();
  const now = Date.now();
  await database.write(async (tx) => {
    for (let index = 0; index < imageCount; index++) {
      const [id, snapshotId] = [ids.resource('m', 'bp1'), ids.resource('s', 'bp1')];
      const createdAt = now - index * 1000;
      const image = imageRow({
        ...owned,
        id,
        createdAt,
        name: `image-${index}`,
        status: 'Available',
        progress: 100,
        sizeGib: 20,
      });
      const disk = {
        position: 0,
        device: '/dev/xvda',
        type: 'system',
        sizeGib: 20,
        format: 'RAW',
        category: null,
      } as const;
      const tags = ['env', 'team'].map((key) => ({
        ...owned,
        resourceType: 'image',
        resourceId: id,
        key,
        value: `${index % 7}`,
      }));
      await tx
        .insertInto('snapshots')
        .values(snapshotRow({ ...owned, id: snapshotId, status: 'accomplished', progress: 100, createdAt }))
        .execute();
      await tx.insertInto('images').values(image).execute();
      await tx
        .insertInto('imageDisks')
        .values({ ...disk, imageId: id, snapshotId, importBucket: null, importObject: null })
        .execute();
      await tx.insertInto('tags').values(tags).execute();
    }
  });
  return { accountId: account.id, accessKeyId: accessKey.id, accessKeySecret: accessKey.secret };
}

/** A network, and what RunInstances is asked. */
async function prepareInstances(endpoint: string, account: Account): Promise<Record<string, string>> {
  const call = async (action: string, parameters: Record<string, string>) => {
    const { status, json, text } = await send(
      endpoint,
      goRequest(account, { action, parameters: { RegionId: 'cn-hangzhou', ...parameters } }),
    );
    if (status !== 200) throw new Error(`${action}: ${text}`);
    return json as Record<string, never>;
  };
  const { VpcId } = await call('CreateVpc', { CidrBlock: '10.0.0.0/8' });
  const { VSwitchId } = await call('CreateVSwitch', {
    VpcId: VpcId!,
    ZoneId: 'cn-hangzhou-h',
    CidrBlock: '10.0.0.0/16',
  });
  const { SecurityGroupId } = await call('CreateSecurityGroup', { VpcId: VpcId! });
  const images = (await call('DescribeImages', { ImageOwnerAlias: 'self', PageSize: '1' }))['Images'] as unknown as {
    Image: { ImageId: string }[];
  };
  return {
    RegionId: 'cn-hangzhou',
    ImageId: images.Image[0]!.ImageId,
    InstanceType: 'ecs.g6.large',
    VSwitchId: VSwitchId!,
    SecurityGroupId: SecurityGroupId!,
    'SystemDisk.Category': 'cloud_essd',
  };
}

async function ask(generator: ChildProcess, load: Load): Promise<Timing> {
  generator.send(load);
  const [result] = (await once(generator, 'message')) as [Timing];
  return result;
}

/** The generator's own process: as little work as possible for each request. */
async function generate({ endpoint, connections, requests, expected }: Load): Promise<Timing> {
  const { hostname, port } = new URL(endpoint);
  const bytes = requests.map(({ method, target, headers }) => {
    const lines = Object.entries({ host: `${hostname}:${port}`, ...headers, 'content-length': '0' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  });
  const latencies = new Float64Array(bytes.length);
  let next = 0;
  async function work(): Promise<void> {
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let index = 0;
    let sentAt = 0;
    let answer = '';
    const sendNext = () => {
      if (next === bytes.length) return resolve();
      index = next++;
      answer = '';
      sentAt = performance.now();
      socket.write(bytes[index]!);
    };
    socket.on('error', reject);
    socket.on('data', (piece: Buffer) => {
      answer += piece.toString('latin1');
      const head = answer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1]);
      if (answer.length < head + 4 + length) return;
      latencies[index] = performance.now() - sentAt;
      if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(expected)) return reject(new Error(answer));
      sendNext();
    });
    sendNext();
    await promise;
    socket.destroy();
  }
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort();
  const quantile = (part: number) => latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))]!;
  return { perSecond: bytes.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
