import { WorldFault } from '../../base/worldFault.ts';

/** Answers of one JSON document a line, for work that takes long. */

export const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** The status is long sent when a store turns out to be unreadable, or a disk to be full: `{code, message}` is the last line then. */
export async function* sayingFaults(lines: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    yield line({ code: error.code, message: error.message });
  }
}

/** How often a line says how far it is. */
export const PROGRESS_EVERY_MS = 500;

export async function isOver(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), withinMs);
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, promise]);
  } finally {
    clearTimeout(timer);
  }
}
