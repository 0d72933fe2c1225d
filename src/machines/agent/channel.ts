import { connect } from 'node:net';
import { randomInt } from 'node:crypto';
import { WorldFault } from '../../base/worldFault.ts';

/** Where a guest's agent is spoken to, one exchange at a time: the protocol of qemu-guest-agent, JSON by lines. */
export interface Exchange {
  socketPath: string;
  command: string;
  args: Record<string, unknown>;
  /** For all of it. */
  timeoutMs: number;
}

/** Sent first, it ends what an earlier exchange left half-said; the agent sends it before its answer to a delimited sync. */
const DELIMITER = 0xff;
/** The longest answer: a command's output of 24 KiB in base64, many times over. */
const MOST_ANSWER_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * One command and what the agent returns to it. Whatever comes out of a channel is the guest's: it may be nothing, endless, or no JSON.
 * Throws AgentSilent when no agent answers in time, AgentRefused with the agent's words, AgentBabbles for what is no answer.
 */
export async function exchange({ socketPath, command, args, timeoutMs }: Exchange): Promise<unknown> {
  const socket = connect(socketPath);
  const timer = setTimeout(() => socket.destroy(silent()), timeoutMs);
  socket.on('error', () => {});
  try {
    const lines = readLines(socket);
    const id = randomInt(2 ** 31);
    socket.write(Buffer.of(DELIMITER));
    socket.write(line('guest-sync-delimited', { id }));
    // What is left of earlier exchanges comes before the answer to this one's sync.
    for (;;) {
      const text = await next(lines);
      const at = text.lastIndexOf(DELIMITER);
      if (at >= 0 && parse(text.subarray(at + 1))?.['return'] === id) break;
    }
    socket.write(line(command, args));
    return answerOf(await next(lines));
  } catch (error) {
    if (error instanceof WorldFault) throw error;
    throw silent(error);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

const silent = (cause?: unknown) => new WorldFault('AgentSilent', 'No agent answers in the guest.', { cause });

const line = (execute: string, args: object): string => `${JSON.stringify({ execute, arguments: args })}\n`;

async function next(lines: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  const { value } = await lines.next();
  if (!value) throw silent();
  return value;
}

async function* readLines(socket: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of socket) {
    let rest = piece;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      yield Buffer.concat([...pieces, rest.subarray(0, at)]);
      pieces = [];
      length = 0;
      rest = rest.subarray(at + 1);
    }
    pieces.push(rest);
    length += rest.length;
    if (length > MOST_ANSWER_BYTES) throw babble('a line without end');
  }
}

function parse(text: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function answerOf(text: Buffer): unknown {
  const answer = parse(text);
  if (!answer) throw babble('no JSON');
  if ('return' in answer) return answer['return'];
  const { desc } = (answer['error'] ?? {}) as { desc?: unknown };
  if (typeof desc !== 'string') throw babble('neither an answer nor an error');
  throw new WorldFault('AgentRefused', `The agent refused: ${printable(desc)}`);
}

export const babble = (what: string) => new WorldFault('AgentBabbles', `The guest's agent sent ${what}.`);

const LONGEST_WORDS = 200;
/** A guest's words, as they may be shown and logged. */
const printable = (words: string): string => words.slice(0, LONGEST_WORDS).replaceAll(/[^\x20-\x7e]/g, '?');
