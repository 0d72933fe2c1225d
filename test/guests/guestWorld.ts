import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';
import { buildTiny } from '../../src/cli/build/tiny/buildTiny.ts';
import { createTenant, type Tenant } from '../../src/cli/demo/tenant.ts';
import type { Io } from '../../src/cli/io.ts';
import { waitForJob } from '../../src/cli/jobs.ts';
import { openService, type Parameters, type Service } from '../../src/cli/service.ts';
import { killAll, processesOf, startProcess, type ServiceProcess } from '../workload/serviceProcess.ts';

const execute = promisify(execFile);

export const REGION = 'cn-hangzhou';
export const PASSWORD = 'Bronze-Mirror-7';
/** Guests take their time to answer. */
const LOOK_AGAIN_MS = 200;
const MOST_KNOCKS = 5;

/** A real service with the driver qemu, in a process of its own, and what it takes to log in to its guests. */
export interface GuestWorld extends AsyncDisposable {
  readonly folder: string;
  readonly dataDir: string;
  readonly service: Service;
  readonly process: ServiceProcess;
  readonly io: Io;
  /** The service, started anew on the same folder and port once it is gone. */
  restart(flags?: readonly string[]): Promise<void>;
  /** A raw disk as an image of everybody's. */
  importDisk(path: string, name: string, bootMode?: string): Promise<string>;
  /** Somebody with the key pair `key`. */
  tenant(name: string): Promise<Tenant>;
  /** An instance that runs, with a public address. */
  launch(tenant: Tenant, parameters: Parameters): Promise<Guest>;
  /** Waits until the guest lets somebody log in with the key, or with a password. */
  loginReady(guest: Guest, password?: string): Promise<void>;
  /** What a command in the guest says, by SSH. */
  ssh(guest: Guest, command: string, password?: string): Promise<string>;
  /** Waits until the instance is as `look` wants it. */
  until(tenant: Tenant, guest: Guest, look: (item: InstanceItem) => boolean): Promise<InstanceItem>;
}

export interface Guest {
  instanceId: string;
  /** System disk first. */
  diskIds: string[];
  address: string;
}

export interface InstanceItem {
  Status: string;
  PublicIpAddress: { IpAddress: string[] };
  Tags: { Tag: { TagKey: string; TagValue: string }[] };
}

/** `TEST_GUEST_LOG=1` keeps the folder. */
export async function openGuestWorld(flags: readonly string[] = []): Promise<GuestWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-guests-'));
  const dataDir = join(folder, 'data');
  const io: Io = {
    out: () => {},
    err: () => {},
    isTerminal: false,
    env: process.env,
    cwd: folder,
    input: () => Readable.from([]),
    ask: async () => null,
    onInterrupt: () => () => {},
  };
  const start = (more: readonly string[], port?: number) =>
    startProcess({
      dataDir,
      logFile: join(folder, 'service.log'),
      ...(port !== undefined && { port }),
      flags: [
        '--driver',
        'qemu',
        '--network',
        'user',
        '--guest-cpus',
        '1',
        '--guest-memory',
        '256',
        '--catalogue',
        'off',
        ...more,
      ],
    });
  let running = await start(flags);
  const service = await openService({ data: dataDir }, io);

  const key = join(folder, 'key');
  await execute('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', key]);
  const PublicKeyBody = readFileSync(`${key}.pub`, 'utf8').trim();
  const asker = join(folder, 'password.sh');
  writeFileSync(asker, '#!/bin/sh\necho "$GUEST_PASSWORD"\n', { mode: 0o700 });

  async function ssh({ address }: Guest, command: string, password?: string): Promise<string> {
    const way =
      password === undefined
        ? ['BatchMode=yes', 'IdentitiesOnly=yes', `IdentityFile=${key}`]
        : ['PubkeyAuthentication=no', 'NumberOfPasswordPrompts=1'];
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=60'];
    const args = [...way, ...options].flatMap((option) => ['-o', option]);
    const env = { ...process.env, SSH_ASKPASS: asker, SSH_ASKPASS_REQUIRE: 'force', GUEST_PASSWORD: password ?? '' };
    for (let attempt = 1; ; attempt++) {
      try {
        return (await execute('ssh', ['-F', 'none', ...args, `root@${address}`, command], { env })).stdout;
      } catch (error) {
        // Closed before a word was said: a guest that is busy booting; the command has not run.
        const isEarly = String((error as { stderr?: string }).stderr).includes('kex_exchange_identification');
        if (!isEarly || attempt === MOST_KNOCKS) throw error;
        await delay(LOOK_AGAIN_MS);
      }
    }
  }

  async function look(tenant: Tenant, instanceId: string): Promise<InstanceItem> {
    const asked = { RegionId: REGION, InstanceIds: JSON.stringify([instanceId]) };
    const { Instances } = await tenant.call<{ Instances: { Instance: InstanceItem[] } }>('DescribeInstances', asked);
    return Instances.Instance[0]!;
  }

  return {
    folder,
    dataDir,
    io,
    ssh,
    service,
    get process() {
      return running;
    },
    async restart(more = flags) {
      await running.ended;
      running = await start(more, Number(new URL(running.endpoint).port));
    },
    async importDisk(path, name, bootMode = 'BIOS') {
      const asked = { path, format: 'raw', name, regionId: REGION, isPublic: true };
      const { imageId, jobId } = await service.operator<{ imageId: string; jobId: string }>('POST', 'images/import', {
        ...asked,
        platform: 'Others Linux',
        osName: name,
        bootMode,
      });
      await waitForJob(service, jobId, io, '');
      return imageId;
    },
    async tenant(name) {
      const tenant = await createTenant(service, name, 'china');
      await tenant.call('ImportKeyPair', { RegionId: REGION, KeyPairName: 'key', PublicKeyBody });
      return tenant;
    },
    async launch(tenant, parameters) {
      const made = await tenant.runInstance(REGION, { InternetMaxBandwidthOut: 5, ...parameters });
      const { PublicIpAddress } = await look(tenant, made.instanceId);
      return { ...made, address: PublicIpAddress.IpAddress[0]! };
    },
    async loginReady(guest, password) {
      for (;;) {
        const answer = await ssh(guest, 'echo in', password).catch(() => '');
        if (answer === 'in\n') return;
        await delay(LOOK_AGAIN_MS);
      }
    },
    async until(tenant, { instanceId }, wanted) {
      for (;;) {
        const item = await look(tenant, instanceId);
        if (wanted(item)) return item;
        await delay(LOOK_AGAIN_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      // Guests go on without it.
      while (processesOf(dataDir).length > 0) {
        killAll(dataDir);
        await delay(LOOK_AGAIN_MS);
      }
      if (process.env['TEST_GUEST_LOG'] === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The built-in disk, made anew. */
export async function makeTiny(folder: string): Promise<string> {
  const path = join(folder, 'tiny.raw');
  await buildTiny(path, process.env);
  return path;
}
