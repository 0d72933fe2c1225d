import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { killAll, startProcess } from '../test/workload/serviceProcess.ts';
import { createFigures, printClaims, timed } from './measure.ts';

/**
 * One object put and got by curl, in turns from the service and its peers. The peer is the object server of OpenStack Swift, the only store of objects in
 * Debian that runs by itself (its rclone is too old for `serve s3`; radosgw stores nothing itself, but asks a cluster to). It does what an object store is
 * for, as the service does: it takes the MD5 of every byte, keeps it with the object, and has both on the disk before it answers; when it is read, it
 * compares. No proxy or replica stands before it. nginx is shown for information: it hashes nothing, keeps no sum, and waits for no disk
 * (what it was given is flushed before the clock stops); its answers go from file to socket within the kernel.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    mib: { type: 'string', default: '1024' },
    folder: { type: 'string', default: tmpdir() },
  },
});
/** Times as long as the peer: 0.7 of its speed. Null: for information. */
const TARGETS = { swift: 1 / 0.7, nginx: null };
const MEMORY_MIB = 300;
/** Swift's object server. Its folder is asked for where the package's own configuration would be. */
const SWIFT = `import sys
from swift.common.utils import set_swift_dir
set_swift_dir(sys.argv[1])
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[1] + '/server.conf', 'object-server'))`;

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
  ...Object.entries(TARGETS).flatMap(([peer, target]) =>
    ['PUT', 'GET'].map((verb) => ({
      what: `${verb} of ${values.mib} MiB, time against ${peer === 'swift' ? 'Swift’s object server' : peer}`,
      ours: speed(`tongjing ${verb}`),
      peer: speed(`${peer} ${verb}`),
      figure: figures.median(`tongjing ${verb}`) / figures.median(`${peer} ${verb}`),
      target,
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
  const urls: Record<string, Target> = {
    tongjing: await signed(service.endpoint),
    swift: await startSwift(),
    nginx: await startNginx(),
  };
  const curl = (...args: string[]) => timed('curl', ['-sf', '-o', '/dev/null', ...args]).seconds;
  for (let round = 1; round <= Number(values.rounds); round++) {
    console.error(`Round ${round} of ${values.rounds}`);
    for (const [name, { put, get, headers = () => [], stored }] of Object.entries(urls)) {
      const seconds = curl('-T', file, ...headers().flatMap((header) => ['-H', header]), put);
      const startedAt = performance.now();
      if (stored) spawnSync('sync', [stored]);
      figures.add(`${name} PUT`, seconds + (performance.now() - startedAt) / 1000);
      figures.add(`${name} GET`, curl(get));
    }
  }
  memoryMib = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))![1]) / 1024);
  await service.stop();
}

interface Target {
  put: string;
  get: string;
  /** Of a PUT. */
  headers?: () => string[];
  /** A file that is not on the disk yet when PUT is answered. */
  stored?: string;
}

async function signed(endpoint: string): Promise<Target> {
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

async function startNginx(): Promise<Target> {
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
  const url = start('nginx', ['-c', join(root, 'nginx.conf')], `http://127.0.0.1:${port}/file`);
  return { put: url, get: url, stored: join(root, 'files/file') };
}

async function startSwift(): Promise<Target> {
  const port = await freePort();
  const root = join(folder, 'swift');
  mkdirSync(join(root, 'devices/disk'), { recursive: true });
  writeFileSync(join(root, 'swift.conf'), '[swift-hash]\nswift_hash_path_suffix = bench\n');
  writeFileSync(
    join(root, 'server.conf'),
    `[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = ${port}\nworkers = 1\nuser = ${userInfo().username}
devices = ${root}/devices\nswift_dir = ${root}\nmount_check = false
[pipeline:main]\npipeline = object-server\n[app:object-server]\nuse = egg:swift#object\n`,
  );
  const url = start('/usr/bin/python3', ['-c', SWIFT, root], `http://127.0.0.1:${port}/disk/0/account/bucket/file`);
  const headers = () => ['Content-Type: application/octet-stream', `X-Timestamp: ${(Date.now() / 1000).toFixed(5)}`];
  return { put: url, get: url, headers };
}

function start(program: string, argv: string[], url: string): string {
  peers.push(spawn(program, argv, { stdio: 'ignore' }));
  // Until it listens.
  timed('curl', ['-s', '-o', '/dev/null', '--retry', '30', '--retry-connrefused', '--retry-delay', '1', url]);
  return url;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
