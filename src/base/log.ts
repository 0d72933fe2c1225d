import { pino } from 'pino';

export type Log = pino.Logger;

/** Lines are written together: a system call for each would cost more than some requests. At most so much, so late. */
const BUFFER_BYTES = 4096;
const FLUSH_MS = 250;

/** One JSON line per event on standard error (standard output is for people). */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS }),
  );
}

export const silentLog: Log = pino({ level: 'silent' });
