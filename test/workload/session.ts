import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { callApi, exchange, ServiceGone, type Account, type Parameters } from './client.ts';
import { openRows, type Rows } from './rows.ts';
import type { ServiceProcess } from './serviceProcess.ts';

/** One life of the service, as its user, its operator and whoever may look into its records see it. */
export interface Session extends Disposable {
  readonly process: ServiceProcess;
  readonly dataDir: string;
  readonly rows: Rows;
  api<T>(account: Account, action: string, parameters: Parameters): Promise<T>;
  operator<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>;
  /** The answer in lines of JSON. */
  operatorLines(path: string, body: object): Promise<Record<string, unknown>[]>;
  /** What `look` finds once it is not undefined. Throws `ServiceGone` when the service ends first. */
  until<T>(what: string, look: () => T | undefined): Promise<T>;
  /** The NBD socket of a disk, snapshot or image. */
  socketOf(id: string): Promise<string>;
}

const POLL_MS = 10;
/** Far more than anything here takes: what is not over by then hangs. */
const PATIENCE_MS = 60_000;

export function openSession(process: ServiceProcess, dataDir: string): Session {
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim();
  const rows = openRows(dataDir);
  const operatorUrl = (path: string) => `${process.endpoint}/_tongjing/${path}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const session: Session = {
    process,
    dataDir,
    rows,
    api: (account, action, parameters) => callApi(process.endpoint, account, action, parameters),
    operator: (method, path, body) =>
      exchange(path, operatorUrl(path), { method, headers, ...(body && { body: JSON.stringify(body) }) }),
    async operatorLines(path, body) {
      try {
        const response = await fetch(operatorUrl(path), { method: 'POST', headers, body: JSON.stringify(body) });
        const text = await response.text();
        if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
        return text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      } catch (error) {
        if (process.isAlive) throw error;
        throw new ServiceGone(path, { cause: error });
      }
    },
    async until(what, look) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        if (!process.isAlive) throw new ServiceGone(`waiting until ${what}`);
        const found = look();
        if (found !== undefined) return found;
        if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
        await delay(POLL_MS);
      }
    },
    async socketOf(id) {
      const { uri } = await session.operator<{ uri: string }>('POST', 'nbd', { id });
      return decodeURIComponent(new URL(uri).searchParams.get('socket')!);
    },
    [Symbol.dispose]: () => rows.close(),
  };
  return session;
}
