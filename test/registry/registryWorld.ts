import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as s3 from '@aws-sdk/client-s3';
import { killAll, startProcess } from '../workload/serviceProcess.ts';
import { environment, startDockerRegistry, type DockerRegistry } from './dockerRegistry.ts';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const BUCKET = 'registry';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What it printed. */
export async function skopeo(args: string[], signal?: AbortSignal): Promise<string> {
  return (await run('skopeo', ['--insecure-policy', ...args], { env: environment, signal })).stdout;
}

/** The service in a process of its own, and docker-registry on a bucket of it, as docs/registry.md has it. */
export async function createRegistryWorld(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-registry-'));
  const dataDir = join(folder, 'data');
  const start = (port = 0) => startProcess({ dataDir, logFile: join(folder, 'log'), port });
  let service = await start();
  const { endpoint } = service;
  let registry: DockerRegistry | null = null;
  const stop = async () => registry?.stop();
  t.after(async () => {
    await stop();
    if (!t.passed) {
      const errors = registry?.said.filter((line) => line.includes('level=error')) ?? [];
      console.error([...errors, readFileSync(join(folder, 'log'), 'utf8')].join('\n'));
    }
    killAll(dataDir);
    rmSync(folder, { recursive: true, force: true });
  });

  const { id, secret } = readCredentials(dataDir);
  const client = new s3.S3Client({
    endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    credentials: { accessKeyId: id, secretAccessKey: secret },
  });
  t.after(() => client.destroy());
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  const config = join(folder, 'config.yml');
  const [, documented] = /```yaml\n([^]*?)```/.exec(readFileSync(join(root, 'docs/registry.md'), 'utf8'))!;
  writeFileSync(
    config,
    documented!
      .replaceAll(/^ {3}/gm, '')
      .replace('http://127.0.0.1:7272', endpoint)
      .replace('ACCESS_KEY_ID', id)
      .replace('ACCESS_KEY_SECRET', secret)
      .replace('127.0.0.1:5000', '127.0.0.1:0'),
  );

  async function startRegistry(): Promise<void> {
    registry = await startDockerRegistry(config);
  }

  await startRegistry();
  return {
    folder,
    dataDir,
    start: startRegistry,
    stop,
    collect: () => run('docker-registry', ['garbage-collect', config], { env: environment }),
    /** The repository, with the registry's address. */
    get name() {
      return `${registry!.address}/lab/app`;
    },
    /** A request to the registry; `path` may be a whole URL that it gave. */
    api: (method: string, path: string, init: RequestInit = {}) =>
      fetch(path.startsWith('http') ? path : `http://${registry!.address}/v2/lab/app/${path}`, { ...init, method }),
    /** Sizes of the files under the bucket. */
    stored: () =>
      readdirSync(join(dataDir, 'objects')).map(
        (file) => statSync(join(dataDir, 'objects', file), { throwIfNoEntry: false })?.size ?? 0,
      ),
    killService: () => service.kill(),
    async startService() {
      service = await start(Number(new URL(endpoint).port));
    },
  };
}

function readCredentials(dataDir: string): { id: string; secret: string } {
  const { accessKeyId, accessKeySecret } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as {
    accessKeyId: string;
    accessKeySecret: string;
  };
  return { id: accessKeyId, secret: accessKeySecret };
}

/** An OCI image layout, tag `1`, of layers with one file each. Source: OCI image specification, "Image layout". */
export function writeLayout(folder: string, files: readonly Uint8Array[]): { folder: string; digests: string[] } {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const digests: string[] = [];
  function blob(mediaType: string, bytes: Uint8Array) {
    const hex = sha256(bytes);
    writeFileSync(join(blobs, hex), bytes);
    digests.push(hex);
    return { mediaType: `application/vnd.oci.image.${mediaType}`, digest: `sha256:${hex}`, size: bytes.length };
  }
  const json = (mediaType: string, value: unknown) => blob(mediaType, Buffer.from(JSON.stringify(value)));
  const tars = files.map((content, index) => {
    writeFileSync(join(folder, `file-${index}`), content);
    return execFileSync('tar', ['-C', folder, '-c', `file-${index}`], { maxBuffer: 2 * content.length + 65536 });
  });
  const layers = tars.map((tar) => blob('layer.v1.tar+gzip', gzipSync(tar, { level: 1 })));
  const config = json('config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
  });
  const manifest = json('manifest.v1+json', { schemaVersion: 2, config, layers });
  const annotations = { 'org.opencontainers.image.ref.name': '1' };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
  return { folder, digests: digests.sort() };
}
