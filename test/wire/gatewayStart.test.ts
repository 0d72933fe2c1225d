import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { goRequest, send } from './rawClient.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
let folder: string;
let dataDir: string;
const running = new Set<ReturnType<typeof spawn>>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tongjing-start-'));
  dataDir = join(folder, 'data');
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  /** Of standard output, up to `Ready.` or the end. */
  lines: string[];
  /** Standard error so far. */
  errors: () => string;
  ended: Promise<string>;
  kill(signal: NodeJS.Signals): Promise<string>;
}

async function start(
  args: readonly string[] = [],
  over: { env?: Record<string, string>; wrap?: readonly string[] } = {},
): Promise<Started> {
  const command = [
    ...(over.wrap ?? []),
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    main,
    '--port',
    '0',
    '--data',
    dataDir,
    '--driver',
    'none',
    ...args,
  ];
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...process.env, ...over.env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  const ended = new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`)),
  );
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line === 'Ready.') break;
  }
  child.stdout.resume();
  if (lines.at(-1) !== 'Ready.') await ended;
  return {
    lines,
    errors: () => errors,
    ended,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

async function refuses(started: Promise<Started>, message: RegExp, exit = 'exit 1'): Promise<void> {
  const { lines, errors, ended } = await started;
  assert.deepEqual([lines, await ended], [[], exit], errors());
  assert.match(errors(), message);
  assert.doesNotMatch(errors(), /^\s+at /m, 'no stack trace');
}

const valueOf = (lines: readonly string[], label: string) =>
  lines
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim()
    .split(' ')[0];
const mode = (path: string) => statSync(path).mode & 0o777;

test('the first start makes everything and says how to use it; the second finds it again; a signal ends it cleanly', async () => {
  const first = await start();
  const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  assert.equal(valueOf(first.lines, 'Data folder'), dataDir);
  assert.equal(valueOf(first.lines, 'Access key id'), credentials.accessKeyId);
  assert.equal(valueOf(first.lines, 'Access key secret'), credentials.accessKeySecret);
  assert.equal(first.lines.at(-1), 'Ready.');
  assert.equal(mode(dataDir), 0o700);
  for (const file of ['credentials.json', 'operator.token', 'service.json', 'records.db', 'tls/ca.key'])
    assert.equal(mode(join(dataDir, file)), 0o600, file);

  const endpoint = valueOf(first.lines, 'Endpoint')!;
  const announced = JSON.parse(readFileSync(join(dataDir, 'service.json'), 'utf8'));
  assert.equal(announced.endpoint, endpoint);
  assert.equal(announced.httpsEndpoint, endpoint.replace('http:', 'https:'));
  assert.ok(existsSync(announced.caFile));
  assert.equal(announced.accountId, credentials.accountId);
  assert.equal((await send(endpoint, goRequest(credentials, { action: 'DescribeRegions' }))).status, 200);

  await refuses(start(), /Another Tongjing is running on the data folder/);
  assert.equal(await first.kill('SIGTERM'), 'exit 0');
  assert.equal(existsSync(join(dataDir, 'service.json')), false);
  const authority = readFileSync(join(dataDir, 'tls/ca.pem'), 'utf8');

  const second = await start();
  assert.equal(valueOf(second.lines, 'Access key id'), credentials.accessKeyId);
  assert.equal(readFileSync(join(dataDir, 'tls/ca.pem'), 'utf8'), authority);
  assert.equal(await second.kill('SIGKILL'), 'SIGKILL');

  const third = await start();
  assert.equal(third.lines.at(-1), 'Ready.');
  assert.equal(await third.kill('SIGINT'), 'exit 0');
});

test('no secret is logged', async () => {
  const service = await start(['--log-level', 'trace']);
  const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim();
  const endpoint = valueOf(service.lines, 'Endpoint')!;
  await send(endpoint, goRequest(credentials, { action: 'DescribeRegions' }));
  await send(
    endpoint,
    goRequest(credentials, {
      action: 'RunInstances',
      parameters: { RegionId: 'cn-hangzhou', Password: 'Hunter2-Hunter2' },
    }),
  );
  await fetch(`${endpoint}/_tongjing/accounts`, { headers: { authorization: `Bearer ${token}` } });
  await service.kill('SIGTERM');
  const log = service.errors();
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line.action === 'DescribeRegions' && line.status === 200 && line.requestId));
  for (const secret of [credentials.accessKeySecret, token, 'Hunter2']) assert.ok(!log.includes(secret));
});

test('a port in use', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  const { port } = await new Promise<AddressInfo>((resolve) =>
    holder.once('listening', () => resolve(holder.address() as AddressInfo)),
  );
  try {
    await refuses(
      start(['--port', String(port)]),
      new RegExp(`Could not listen on 127\\.0\\.0\\.1 port ${port}: something else listens there`),
    );
  } finally {
    holder.close();
  }
});

test('a data folder of a newer format is not touched', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'format.json'), '{"version":99}');
  await refuses(start(), /format 99, written by a newer version/);
  assert.deepEqual(readdirSync(dataDir), ['format.json']);
});

test('records of a newer version are not touched', async () => {
  await (await start()).kill('SIGTERM');
  const path = join(dataDir, 'records.db');
  const database = new DatabaseSync(path);
  database.exec(`INSERT INTO kysely_migration VALUES ('999-future', '2030-01-01T00:00:00Z')`);
  database.close();
  const before = readFileSync(path);
  await refuses(start(), /newer version of Tongjing/);
  assert.ok(readFileSync(path).equals(before));
});

test('a data folder that can not be written', async () => {
  mkdirSync(dataDir);
  chmodSync(dataDir, 0o500);
  // Root is not bound by the mode as long as it has its capabilities.
  const wrap = process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];
  await refuses(start([], { wrap }), /permission denied/);
  assert.deepEqual(readdirSync(dataDir), []);
});

test('a data folder that is a file', async () => {
  writeFileSync(dataDir, '');
  await refuses(start(), /Could not make the data folder/);
});

test('damaged records', async () => {
  await (await start()).kill('SIGTERM');
  writeFileSync(join(dataDir, 'records.db'), Buffer.alloc(8192, 'x'));
  await refuses(start(), /Could not open the records/);
});

test('damaged credentials', async () => {
  await (await start()).kill('SIGTERM');
  const path = join(dataDir, 'credentials.json');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, '{');
  await refuses(start(), /credentials\.json is damaged/);
  rmSync(path);
  await (await start()).kill('SIGTERM');
  assert.equal(readFileSync(path, 'utf8'), before);
});

test('a file that can not be written', async () => {
  await (await start()).kill('SIGTERM');
  mkdirSync(join(dataDir, 'service.json.new'));
  await refuses(start(), /Could not write .*service\.json/);
});

test('a setting that makes no sense', async () => {
  await refuses(start(['--port', 'seven']), /--port must be a whole number from 0 to 65535, not "seven"/, 'exit 2');
  assert.equal(existsSync(dataDir), false);
});
