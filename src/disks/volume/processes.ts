import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WorldFault } from '../../base/worldFault.ts';
import { connectControl, type ControlClient, type Verb, type Verbs } from './control.ts';
import type { ProcessSpec } from './process.ts';
import { socketPaths } from './runFolder.ts';
import { startProcess } from './start.ts';

/** The processes that serve volumes and exports, by the ids of these. Found by their sockets, whoever started them. */
export interface Processes {
  find(id: string): Promise<ControlClient | null>;
  /** Asks the process of `id`, starting it when there is none. */
  ask<V extends Verb>(
    id: string,
    spec: () => ProcessSpec,
    verb: V,
    question: Verbs[V]['ask'],
  ): Promise<{ client: ControlClient; answer: Verbs[V]['answer'] }>;
  /** Ends one, and waits for that unless a freeze holds it. */
  end(client: ControlClient): Promise<void>;
  /** Takes away the sockets that the process of `id` left when it was killed. There must be none that runs. */
  clear(id: string): void;
  /** Ends all but those of `kept` and those that a freeze holds: they stay for the next start to find. */
  close(kept: ReadonlySet<string>): Promise<void>;
}

/** More in a row are no leftovers of one that was killed. */
const MOST_DEATHS = 5;

export async function openProcesses(runFolder: string): Promise<Processes> {
  /** The connections that control them, by their sockets' paths. */
  const known = new Map<string, ControlClient>();
  const starting = new Map<string, Promise<ControlClient>>();

  function remember(controlPath: string, client: ControlClient): ControlClient {
    known.set(controlPath, client);
    client.ended.finally(() => known.get(controlPath) === client && known.delete(controlPath)).catch(() => {});
    return client;
  }

  async function find(id: string): Promise<ControlClient | null> {
    const { controlPath } = socketPaths(runFolder, id);
    const client = known.get(controlPath);
    if (client) return client;
    const found = await connectControl(controlPath);
    return found && remember(controlPath, found);
  }

  async function reach(id: string, spec: () => ProcessSpec): Promise<ControlClient> {
    const found = await find(id);
    if (found) return found;
    const asked = spec();
    let start = starting.get(asked.controlPath);
    if (!start) {
      start = startProcess(asked, runFolder).then((client) => remember(asked.controlPath, client));
      starting.set(asked.controlPath, start);
      const over = () => void starting.delete(asked.controlPath);
      start.then(over, over);
    }
    return start;
  }

  async function end(client: ControlClient): Promise<void> {
    let isHeldOpen = false;
    try {
      ({ isHeldOpen } = await client.request('end', {}));
    } catch (error) {
      // Its answer may be lost with it.
      if (!isDeath(error)) throw error;
    }
    if (!isHeldOpen) await client.ended;
  }

  function clear(id: string): void {
    const { exportPath, controlPath } = socketPaths(runFolder, id);
    // What is looked for goes last: a crash in between leaves it to be found again.
    for (const path of [exportPath, controlPath]) rmSync(path, { force: true });
  }

  // What a service that crashed left running, and the sockets of processes that died while nobody looked.
  for (const name of readdirSync(runFolder)) {
    if (!name.endsWith('.control')) continue;
    const controlPath = join(runFolder, name);
    const found = await connectControl(controlPath);
    if (found) {
      remember(controlPath, found);
      continue;
    }
    clear(basename(name, '.control'));
  }

  return {
    find,
    async ask(id, spec, verb, question) {
      for (let attempt = 0; ; attempt++) {
        const client = await reach(id, spec);
        try {
          return { client, answer: await client.request(verb, question) };
        } catch (error) {
          // One that died a moment ago may not be known as dead yet, and while it dies its socket still takes connections: its
          // successor is asked.
          if (attempt === MOST_DEATHS || !isDeath(error)) throw error;
          await client.ended;
        }
      }
    },
    end,
    clear,
    async close(kept) {
      const keptPaths = new Set([...kept].map((id) => socketPaths(runFolder, id).controlPath));
      const ending = [...known].filter(([controlPath]) => !keptPaths.has(controlPath));
      await Promise.allSettled(ending.map(([, client]) => end(client)));
      for (const client of known.values()) client.close();
    },
  };
}

/** Whether a volume or an export is served from there, by whomever it was started. */
export async function anyProcess(runFolder: string): Promise<boolean> {
  for (const name of readdirSync(runFolder)) {
    if (!name.endsWith('.control')) continue;
    const found = await connectControl(join(runFolder, name));
    found?.close();
    if (found) return true;
  }
  return false;
}

export function isDeath(error: unknown): boolean {
  return error instanceof WorldFault && error.code === 'VolumeProcessDied';
}
