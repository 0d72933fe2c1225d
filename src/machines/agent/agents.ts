import { createTurns } from '../../disks/volume/turns.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Machines } from '../machines.ts';
import { babble, exchange } from './channel.ts';

/** How a program in a guest ended. Bytes are the guest's. */
export interface Exit {
  /** 128 and more: by a signal. */
  code: number;
  output: Buffer;
  /** What it wrote to its standard error. */
  words: string;
}

/** The agents in the guests of running machines. Faults are those of `exchange`; a machine that does not run is AgentSilent. */
export interface Agents {
  /** The version of the agent that answers; null: none does. */
  version(instanceId: string): Promise<string | null>;
  /** Starts a program with this on its standard input; answers the process's id. */
  start(instanceId: string, program: { path: string; args: readonly string[]; input: Buffer }): Promise<number>;
  /** How a program that was started ended, told once; null: it goes on. */
  exitOf(instanceId: string, pid: number): Promise<Exit | null>;
}

const ANSWER_MS = 10_000;
/** To find out whether there is one. */
const VERSION_MS = 3_000;
const SIGNALLED = 128;
const GENERAL_FAILURE = 1;

export function createAgents({ agentSocket }: Pick<Machines, 'agentSocket'>): Agents {
  const turns = createTurns();

  /** A channel has one conversation at a time. */
  async function ask(instanceId: string, command: string, args: Record<string, unknown>, timeoutMs = ANSWER_MS) {
    const answer = await turns.take([instanceId], async () => {
      const socketPath = await agentSocket(instanceId);
      if (socketPath === null) throw new WorldFault('AgentSilent', 'The machine does not run.');
      return exchange({ socketPath, command, args, timeoutMs });
    });
    if (typeof answer !== 'object' || answer === null) throw babble('an answer of another kind');
    return answer as Record<string, unknown>;
  }

  return {
    async version(instanceId) {
      try {
        const { version } = await ask(instanceId, 'guest-info', {}, VERSION_MS);
        return typeof version === 'string' && /^[\w.+~-]{1,40}$/.test(version) ? version : 'unknown';
      } catch (error) {
        if (error instanceof WorldFault) return null;
        throw error;
      }
    },
    async start(instanceId, { path, args, input }) {
      const program = { path, arg: args, 'input-data': input.toString('base64'), 'capture-output': true };
      const { pid } = await ask(instanceId, 'guest-exec', program);
      if (!Number.isSafeInteger(pid)) throw babble('no process id');
      return pid as number;
    },
    async exitOf(instanceId, pid) {
      const status = await ask(instanceId, 'guest-exec-status', { pid });
      if (status['exited'] !== true) return null;
      const { exitcode, signal } = status;
      return {
        code: isByte(exitcode) ? exitcode : isByte(signal) ? SIGNALLED + signal : GENERAL_FAILURE,
        output: bytesOf(status['out-data']),
        words: bytesOf(status['err-data']).toString('latin1'),
      };
    },
  };
}

const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;

const bytesOf = (text: unknown): Buffer => (typeof text === 'string' ? Buffer.from(text, 'base64') : Buffer.alloc(0));
