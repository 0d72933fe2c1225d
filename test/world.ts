import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type EcsClient from '@alicloud/ecs20140526';
import type RamClient from '@alicloud/ram20150501';
import type StsClient from '@alicloud/sts20150401';
import type VpcClient from '@alicloud/vpc20160428';
import type { Config as ClientConfig } from '@alicloud/openapi-core/dist/utils.js';
import { createClock } from '../src/base/clock.ts';
import { createIds } from '../src/base/ids.ts';
import { createLog, silentLog } from '../src/base/log.ts';
import { createConfig, type Config } from '../src/config.ts';
import { startService, type Service } from '../src/main.ts';
import { createAccount, type AccountRow } from '../src/records/tables/accounts.ts';
import type { Machines } from '../src/machines/machines.ts';
import { createDataPlane, type DataPlane } from './fakes/dataPlane.ts';

const require = createRequire(import.meta.url);

/** An account and the key that its clients sign with. */
export interface Account {
  accountId: string;
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string;
}

export interface WorldOptions {
  /** Seeds every id that the service makes. */
  seed?: number;
  config?: Partial<Config>;
  /** `real`: block stores and volumes as in production; default: in memory, for what is not about bytes. */
  disks?: 'memory' | 'real';
  /** What runs instances; default: nothing does. */
  machines?: Machines;
  /** The service reads its own clock, as in production; `advance` is not for it. */
  ownClock?: boolean;
  /** A data folder to start in, kept afterwards; default: a new one, removed. */
  dataDir?: string;
}

/** A real service in this process: a free port, a data folder of its own, time that the test moves. */
export interface World extends AsyncDisposable {
  readonly service: Service;
  readonly parts: Service['core'];
  /** The data plane in memory, unless `disks` is `real`: its jobs can be held up and failed. */
  readonly plane: DataPlane;
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly dataDir: string;
  /** The operator's account. */
  readonly operator: Account;
  /** A new account. */
  account(name: string, site?: AccountRow['site']): Promise<Account>;
  /** Official SDK clients; without an account the operator's. */
  ecs(account?: Account): EcsClient.default;
  vpc(account?: Account): VpcClient.default;
  ram(account?: Account): RamClient.default;
  sts(account?: Account): StsClient.default;
  /** Moves service time forward. */
  advance(ms: number): void;
  /** All jobs that are due have ended. */
  settled(): Promise<void>;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tongjing-test-'));
  const clock = createClock();
  const config = createConfig({
    port: 0,
    dataDir,
    catalogue: false,
    driver: 'none',
    network: 'user',
    ...options.config,
  });
  const plane = createDataPlane();
  const service = await startService(config, {
    ...(options.ownClock ? {} : { clock }),
    ids: createIds(options.seed === undefined ? undefined : seededBytes(options.seed)),
    log: process.env['TEST_LOG'] ? createLog(process.env['TEST_LOG']) : silentLog,
    ...(options.disks === 'real' ? {} : { plane }),
    ...(options.machines && { machines: options.machines }),
  });
  const { account, accessKey } = service.core.operator;
  const operator = { accountId: account.id, accessKeyId: accessKey.id, accessKeySecret: accessKey.secret };
  return {
    service,
    get parts() {
      return service.core;
    },
    plane,
    endpoint: service.endpoint,
    dataDir,
    operator,
    async account(name, site = 'china') {
      const { core } = service;
      const made = await core.database.write((tx) => createAccount(tx, core, { name, site, isOperator: 0 }));
      return { accountId: made.account.id, accessKeyId: made.accessKey.id, accessKeySecret: made.accessKey.secret };
    },
    ecs: (of = operator) => client<EcsClient.default>('@alicloud/ecs20140526', service.endpoint, of),
    vpc: (of = operator) => client<VpcClient.default>('@alicloud/vpc20160428', service.endpoint, of),
    ram: (of = operator) => client<RamClient.default>('@alicloud/ram20150501', service.endpoint, of),
    sts: (of = operator) => client<StsClient.default>('@alicloud/sts20150401', service.endpoint, of),
    advance: (ms) => clock.advance(ms),
    settled: () => service.core.jobs.settled(),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function client<Client>(name: string, endpoint: string, account: Account): Client {
  const { default: Constructor } = require(name) as { default: new (config: ClientConfig) => Client };
  const { $OpenApiUtil } = require('@alicloud/openapi-core') as {
    $OpenApiUtil: { Config: new (map: object) => ClientConfig };
  };
  const { accessKeyId, accessKeySecret, securityToken } = account;
  return new Constructor(
    new $OpenApiUtil.Config({
      endpoint: new URL(endpoint).host,
      protocol: 'http',
      regionId: 'cn-hangzhou',
      accessKeyId,
      accessKeySecret,
      securityToken,
      // The SDK's own patience is 5 s, which a busy machine can take for a launch of many.
      connectTimeout: 60_000,
      readTimeout: 60_000,
    }),
  );
}

/** A repeatable source of bytes (mulberry32). */
export function seededBytes(seed: number): (size: number) => Uint8Array {
  let state = seed >>> 0;
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) & 0xff;
    });
}
