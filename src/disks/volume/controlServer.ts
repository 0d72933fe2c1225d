import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { WorldFault } from '../../base/worldFault.ts';
import { readLines, type ReplyLine, type RequestLine, type StoreEvent, type Verb, type Verbs } from './control.ts';

export interface ControlRequest {
  /** Aborted by `cancel`, and when the asking connection ends. */
  signal: AbortSignal;
  /** Aborted when the asking connection ends. */
  left: AbortSignal;
  tell(event: StoreEvent): void;
}

export type ControlAnswers = {
  [V in Exclude<Verb, 'cancel'>]: (
    ask: Verbs[V]['ask'],
    request: ControlRequest,
  ) => Verbs[V]['answer'] | Promise<Verbs[V]['answer']>;
};

export interface ControlServer {
  readonly connections: number;
}

/** Listens at `socketPath`, in place of what a process that died left there. */
export async function serveControl(
  socketPath: string,
  answers: ControlAnswers,
  onLeft: () => void,
): Promise<ControlServer> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    const left = new AbortController();
    const running = new Map<number, AbortController>();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      connections--;
      left.abort();
      onLeft();
    });
    readLines(socket, (text) => void answerLine(socket, text, left.signal, running, answers));
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => resolve());
  });
  return {
    get connections() {
      return connections;
    },
  };
}

async function answerLine(
  socket: Socket,
  text: string,
  left: AbortSignal,
  running: Map<number, AbortController>,
  answers: ControlAnswers,
): Promise<void> {
  const line = parse(text);
  if (!line) return void socket.destroy();
  const { id, verb, ask } = line;
  const say = (reply: ReplyLine) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
  };
  if (verb === 'cancel') return running.get((ask as { id: number }).id)?.abort();
  const own = new AbortController();
  running.set(id, own);
  try {
    const request = {
      signal: AbortSignal.any([left, own.signal]),
      left,
      tell: (event: StoreEvent) => say({ id, event }),
    };
    say({ id, answer: await answers[verb](ask as never, request) });
  } catch (error) {
    say({ id, fault: faultOf(error) });
  } finally {
    running.delete(id);
  }
}

function parse(text: string): RequestLine | null {
  try {
    return JSON.parse(text) as RequestLine;
  } catch {
    return null;
  }
}

export function faultOf(error: unknown): { code: string; message: string; retryable: boolean } {
  if (error instanceof WorldFault) return { code: error.code, message: error.message, retryable: error.retryable };
  return {
    code: 'VolumeProcessFault',
    message: error instanceof Error ? error.message : String(error),
    retryable: false,
  };
}
