import { pino } from 'pino';

export type Log = pino.Logger;

/** One JSON line per event on standard error (standard output is for people). */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false }),
  );
}

export const silentLog: Log = pino({ level: 'silent' });
