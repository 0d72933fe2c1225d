import { rmSync } from 'node:fs';
import { DEFAULT_REGION_ID } from './actions/call.ts';
import { openAuthority } from './api/authority.ts';
import { createFront } from './api/front.ts';
import { createScreenSockets } from './api/screenSocket.ts';
import { listen } from './api/listen.ts';
import { createMetrics } from './api/metrics.ts';
import { createOperator } from './api/operator/operator.ts';
import type { Core } from './api/operator/parts.ts';
import type { Clock } from './base/clock.ts';
import { writeDurably } from './base/files.ts';
import { createIds, type Ids } from './base/ids.ts';
import { createLog, type Log } from './base/log.ts';
import { WorldFault } from './base/worldFault.ts';
import { readConfig, VERSION, type Config } from './config.ts';
import { openCore, type DataPlane } from './core.ts';
import type { Machines } from './machines/machines.ts';
import { openDataFolder, wipeDataFolder } from './records/dataFolder.ts';
import { openOperatorToken } from './records/operator.ts';
import type { Saved, SaveOptions } from './state/save.ts';

/** What a test may give in place of the real thing. */
export interface Injected {
  clock?: Clock;
  ids?: Ids;
  log?: Log;
  plane?: DataPlane;
  machines?: Machines;
}

export interface Service extends AsyncDisposable {
  /** `http://127.0.0.1:7272`; HTTPS is spoken there too. */
  readonly endpoint: string;
  readonly operatorToken: string;
  /** Anew after each reset. */
  readonly core: Core & { machines: Machines };
}

/** Builds every part, connects them, and listens. The only place that knows them all. */
export async function startService(config: Config, injected: Injected = {}): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const log = injected.log ?? createLog(config.logLevel);
  const ids = injected.ids ?? createIds();
  const folder = stack.use(openDataFolder(config.dataDir));
  const authority = await openAuthority(folder.tls);
  const operatorToken = openOperatorToken(folder);
  const metrics = createMetrics();
  const coreParts = { config, folder, ids, log, metrics, ...injected };

  let core = await openCore(coreParts);
  stack.defer(() => core[Symbol.asyncDispose]());

  let resetting: Promise<void> | undefined;
  let isSaving = false;
  async function reset(): Promise<void> {
    if (isSaving) throw busy();
    await front.close();
    await core.discard();
    wipeDataFolder(folder);
    core = await openCore(coreParts);
    front.open(core.gateway);
  }
  async function save(path: string, options: SaveOptions): Promise<Saved> {
    if (isSaving || resetting) throw busy();
    isSaving = true;
    try {
      await front.close();
      return await core.save(path, options);
    } finally {
      isSaving = false;
      front.open(core.gateway);
    }
  }
  const operator = createOperator({
    core: () => core,
    reset: () => (resetting ??= reset().finally(() => (resetting = undefined))),
    save,
    isReady: () => front.isOpen,
    metrics,
    log,
    token: operatorToken,
    version: VERSION,
  });
  const front = createFront(operator, ids.request);
  front.open(core.gateway);
  const screens = createScreenSockets(async (token) => (front.isOpen ? core.screens.redeem(token) : null), log);

  const { host, limits } = config;
  const listener = stack.use(
    await listen({ host, port: config.port, limits, log, tls: authority.tls, answer: front.answer, screens }),
  );
  const address = `${reachableAs(host)}:${listener.port}`;
  const endpoint = `http://${address}`;
  const { account } = core.operator;
  const announced = {
    endpoint,
    httpsEndpoint: `https://${address}`,
    caFile: authority.caFile,
    regionId: DEFAULT_REGION_ID,
    accountId: account.id,
    consoleUrl: `${endpoint}/console/`,
    dataDir: folder.root,
    version: VERSION,
    pid: process.pid,
    machines: core.machines.announcement[0],
  };
  writeDurably(folder.service, `${JSON.stringify(announced, null, 2)}\n`, 0o600);
  stack.defer(() => rmSync(folder.service, { force: true }));

  const started = stack.move();
  return {
    endpoint,
    operatorToken,
    get core() {
      return core;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const busy = () => new WorldFault('NotReady', 'The service is being reset or saved.', { retryable: true });

/** What a client on this machine calls. */
function reachableAs(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function main(): Promise<void> {
  // Secrets are in there; nothing that we make is for others.
  process.umask(0o077);
  const config = readConfig(process.argv.slice(2), process.env);
  const service = await startService(config);
  // Before `Ready.`: whoever reads that may send a signal at once.
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const { accessKey, account } = service.core.operator;
  const lines = [
    ['Endpoint', `${service.endpoint} (HTTPS on the same port)`],
    ['Data folder', config.dataDir],
    ['Account', account.id],
    ['Access key id', accessKey.id],
    ['Access key secret', accessKey.secret],
    ...service.core.machines.announcement.map((line, at) => [at === 0 ? 'Machines' : '', line]),
  ];
  for (const [label, value] of lines) console.log(`${label!.padEnd(18)} ${value}`);
  console.log('Ready.');

  const signal = await stopped;
  // A second signal is not waited for: the default action ends the process.
  console.log(`Stopping (${signal}) ...`);
  await service[Symbol.asyncDispose]();
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    console.error(error.message);
    // As `tongjing --help` lists them: wrong usage, or a failure.
    process.exitCode = error.code === 'BadSetting' ? 2 : 1;
  }
}
