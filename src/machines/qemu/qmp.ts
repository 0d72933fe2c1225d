import { connect } from 'node:net';
import { WorldFault } from '../../base/worldFault.ts';

/** What QEMU says of itself, unasked. */
export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

/** The control connection of one QEMU: there is one at a time. */
export interface Qmp {
  /** Throws QemuRefused with QEMU's words, MachineNotRunning when it ended, MachineSilent when it says nothing for too long. */
  execute<Answer = unknown>(command: string, args?: object): Promise<Answer>;
  /** Resolves when the connection ends, and with it, mostly, QEMU. */
  readonly ended: Promise<void>;
  close(): void;
}

type Line =
  | { QMP: object }
  | { return: unknown; id: number }
  | { error: { class: string; desc: string }; id?: number }
  | QmpEvent;

/** Guests don't write here, but what QEMU says of them may be long. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

/** A QEMU that stands still does not answer, nor greet one that somebody else has in hand. */
const PATIENCE_MS = 60_000;

/** Connects and negotiates. Null: nothing listens at the path, or what does says nothing for `patienceMs`. */
export async function connectQmp(
  path: string,
  onEvent: (event: QmpEvent) => void,
  patienceMs = PATIENCE_MS,
): Promise<Qmp | null> {
  const socket = connect(path);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const greeted = Promise.withResolvers<boolean>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    greeted.resolve(false);
    for (const { reject } of waiting.values()) reject(gone());
    waiting.clear();
  });
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const lines = text.split('\n');
    text = lines.pop()!;
    if (text.length > MOST_LINE_BYTES) return void socket.destroy();
    for (const line of lines) if (line.trim() !== '') hear(JSON.parse(line) as Line);
  });

  function hear(line: Line): void {
    if ('QMP' in line) return greeted.resolve(true);
    if ('event' in line) return onEvent(line);
    const answer = waiting.get(line.id ?? -1);
    waiting.delete(line.id ?? -1);
    if ('error' in line) answer?.reject(new WorldFault('QemuRefused', `QEMU: ${line.error.desc}`));
    else answer?.resolve(line.return);
  }

  function execute<Answer>(command: string, args: object = {}): Promise<Answer> {
    if (socket.destroyed) return Promise.reject(gone());
    const answer = Promise.withResolvers<unknown>();
    waiting.set(++asked, answer);
    socket.write(`${JSON.stringify({ execute: command, arguments: args, id: asked })}\n`);
    const silent = new WorldFault('MachineSilent', 'QEMU does not answer.');
    const impatience = setTimeout(() => answer.reject(silent), patienceMs);
    return answer.promise.finally(() => clearTimeout(impatience)) as Promise<Answer>;
  }

  const impatience = setTimeout(() => socket.destroy(), patienceMs);
  try {
    if (!(await greeted.promise)) return null;
    await execute('qmp_capabilities');
  } catch {
    // It ended just then.
    return null;
  } finally {
    clearTimeout(impatience);
  }
  return { execute, ended, close: () => socket.destroy() };
}

const gone = () => new WorldFault('MachineNotRunning', 'The machine does not run.');
