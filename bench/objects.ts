import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { killAll, startProcess } from '../test/workload/serviceProcess.ts';
import { createFigures, printClaims, timed } from './measure.ts';

/**
 * One object put and got by curl, in turns from the service, from nginx (dav) and from `rclone serve webdav`, both of Debian. What a peer was given is
 * flushed to the disk before the clock stops: the service answers no sooner than that. The peers hash nothing; the service takes MD5 and CRC-64 of every byte.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    mib: { type: 'string', default: '1024' },
    folder: { type: 'string', default: tmpdir() },
  },
});
/** Times as long as the peer: 0.7 of its speed. */
const TARGET = 1 / 0.7;
const MEMORY_MIB = 300;

const folder = mkdtempSync(join(values.folder, 'tongjing-bench-'));
chmodSync(folder, 0o755);
const file = join(folder, 'file');
const dataDir = join(folder, 'data');
const figures = createFigures();
const peers: ChildProcess[] = [];
let memoryMib = 0;
try {
  await measure();
} finally {
  for (const peer of peers) peer.kill('SIGTERM');
  killAll(dataDir);
  rmSync(folder, { recursive: true, force: true });
}
const speed = (name: string) => `${(Number(values.mib) / figures.median(name)).toFixed(0)} MiB/s`;
const isMet = printClaims([
  ...['PUT', 'GET'].flatMap((verb) =>
    ['nginx', 'rclone'].map((peer) => ({
      what: `${verb} of ${values.mib} MiB, time against ${peer === 'rclone' ? '`rclone serve webdav`' : 'nginx'}`,
      ours: speed(`tongjing ${verb}`),
      peer: speed(`${peer} ${verb}`),
      figure: figures.median(`tongjing ${verb}`) / figures.median(`${peer} ${verb}`),
      target: TARGET,
      unit: 'x',
    })),
  ),
  {
    what: 'most memory of the service',
    ours: `${memoryMib} MiB`,
    peer: '',
    figure: memoryMib,
    target: MEMORY_MIB,
    unit: ' MiB',
  },
]);
process.exitCode = isMet ? 0 : 1;

async function measure(): Promise<void> {
  for (let mib = 0; mib < Number(values.mib); mib++) appendFileSync(file, randomBytes(2 ** 20));
  const service = await startProcess({ dataDir, logFile: join(folder, 'log') });
  const urls: Record<string, { put: string; get: string; stored: string | null }> = {
    tongjing: { ...(await signed(service.endpoint)), stored: null },
    nginx: await startNginx(),
    rclone: await startRclone(),
  };
  const curl = (...args: string[]) => timed('curl', ['-sf', '-o', '/dev/null', ...args]).seconds;
  for (let round = 1; round <= Number(values.rounds); round++) {
    console.error(`Round ${round} of ${values.rounds}`);
    for (const [name, { put, get, stored }] of Object.entries(urls)) {
      const seconds = curl('-T', file, put);
      const startedAt = performance.now();
      if (stored) spawnSync('sync', [stored]);
      figures.add(`${name} PUT`, seconds + (performance.now() - startedAt) / 1000);
      figures.add(`${name} GET`, curl(get));
    }
  }
  memoryMib = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))![1]) / 1024);
  await service.stop();
}

async function signed(endpoint: string): Promise<{ put: string; get: string }> {
  const { accessKeyId, accessKeySecret } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as {
    accessKeyId: string;
    accessKeySecret: string;
  };
  const credentials = { accessKeyId, secretAccessKey: accessKeySecret };
  const client = new s3.S3Client({ endpoint, region: 'cn-hangzhou', forcePathStyle: true, credentials });
  const object = { Bucket: 'bench', Key: 'file' };
  await client.send(new s3.CreateBucketCommand({ Bucket: object.Bucket }));
  const expiry = { expiresIn: 24 * 3600 };
  return {
    put: await getSignedUrl(client, new s3.PutObjectCommand(object), expiry),
    get: await getSignedUrl(client, new s3.GetObjectCommand(object), expiry),
  };
}

async function startNginx() {
  const port = await freePort();
  const root = join(folder, 'nginx');
  for (const each of [root, join(root, 'files'), join(root, 'aside')]) {
    mkdirSync(each);
    chmodSync(each, 0o777);
  }
  writeFileSync(
    join(root, 'nginx.conf'),
    `daemon off; pid ${root}/pid; error_log ${root}/log; worker_processes auto; events {}
    http { access_log off; client_max_body_size 0; client_body_temp_path ${root}/aside; sendfile on;
      server { listen 127.0.0.1:${port}; root ${root}/files; location / { dav_methods PUT; } } }`,
  );
  return start('nginx', ['-c', join(root, 'nginx.conf')], port, join(root, 'files/file'));
}

async function startRclone() {
  const port = await freePort();
  const root = join(folder, 'rclone');
  mkdirSync(root);
  return start('rclone', ['serve', 'webdav', root, '--addr', `127.0.0.1:${port}`], port, join(root, 'file'));
}

function start(program: string, argv: string[], port: number, stored: string) {
  peers.push(spawn(program, argv, { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}/file`;
  // Until it listens.
  timed('curl', ['-s', '-o', '/dev/null', '--retry', '20', '--retry-connrefused', '--retry-delay', '1', url]);
  return { put: url, get: url, stored };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
