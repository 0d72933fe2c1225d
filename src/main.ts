import { mkdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { actions } from './actions/index.ts';
import { dataFolder } from './api/dataFolder.ts';
import { listen } from './api/listen.ts';
import { createNonces } from './api/nonces.ts';
import { createGateway } from './api/server.ts';
import { createTable } from './api/table.ts';
import { createThrottles } from './api/throttle.ts';
import { createClock, type Clock } from './base/clock.ts';
import { createIds, type Ids } from './base/ids.ts';
import { createLog, type Log } from './base/log.ts';
import { WorldFault } from './base/worldFault.ts';
import { readConfig, type Config } from './config.ts';
import { openDatabase, type Database } from './records/database.ts';
import { createAccount, listAccounts, type AccessKeyRow, type AccountRow } from './records/tables/accounts.ts';

/** What a test may give in place of the real thing. */
export interface Injected {
  clock?: Clock;
  ids?: Ids;
  log?: Log;
}

export interface Service extends AsyncDisposable {
  readonly endpoint: string;
  readonly operator: { account: AccountRow; accessKey: AccessKeyRow };
  readonly parts: { database: Database; clock: Clock; ids: Ids; log: Log };
}

/** Builds every part, connects them, and listens. */
export async function startService(config: Config, injected: Injected = {}): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const log = injected.log ?? createLog(config.logLevel);
  const ids = injected.ids ?? createIds();
  const clock = injected.clock ?? createClock();
  const folder = dataFolder(config.dataDir);
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  const database = stack.use(await openDatabase(folder.records));
  const operator = await findOperator(database, { clock, ids });
  const jobs = { wake() {}, async began() {} };
  const gateway = createGateway({
    database,
    clock,
    realNow: Date.now,
    ids,
    log,
    jobs,
    table: createTable(actions),
    nonces: createNonces(Date.now),
    throttles: createThrottles({ account: config.accountThrottle, action: config.actionThrottle }, () =>
      performance.now(),
    ),
    limits: config.limits,
    unknownParameters: config.unknownParameters,
    metrics: { request() {} },
  });
  const listener = stack.use(
    await listen({ host: config.host, port: config.port, limits: config.limits, answer: gateway }),
  );
  const parts = stack.move();
  return {
    endpoint: `http://${config.host}:${listener.port}`,
    operator,
    parts: { database, clock, ids, log },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function findOperator(database: Database, parts: { clock: Clock; ids: Ids }): Promise<Service['operator']> {
  const account = (await listAccounts(database.read)).find((row) => row.isOperator === 1);
  if (!account)
    return database.write((tx) => createAccount(tx, parts, { name: 'operator', site: 'china', isOperator: 1 }));
  const accessKey = await database.read
    .selectFrom('accessKeys')
    .selectAll()
    .where('accountId', '=', account.id)
    .executeTakeFirstOrThrow();
  return { account, accessKey };
}

if (import.meta.main) {
  try {
    const service = await startService(readConfig(process.argv.slice(2), process.env));
    console.log(`Endpoint           ${service.endpoint}`);
    console.log(`Access key id      ${service.operator.accessKey.id}`);
    console.log(`Access key secret  ${service.operator.accessKey.secret}`);
    console.log('Ready.');
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
