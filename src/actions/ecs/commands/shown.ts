import type { RunRow } from '../../../records/tables/invocations.ts';
import { runFaults } from '../../../rules/commands.ts';
import { secondsTime } from '../../../rules/times.ts';

/** How what is kept of commands and their runs is shown. */

export const MOST_LISTED = { maxResults: 50, maxPage: 50 };

/** Kept as Base64. As text what a guest sent is text for clients to take care of: they asked for it. */
export const encoded = (base64: string, encoding: 'PlainText' | 'Base64'): string =>
  encoding === 'Base64' ? base64 : Buffer.from(base64, 'base64').toString('utf8');

const time = (at: number | null): string => (at === null ? '' : secondsTime(at));

/** What every list of runs shows of one. */
export const runTimes = (row: RunRow) => ({
  startTime: time(row.startedAt),
  stopTime: time(row.stoppedAt),
  errorCode: row.fault ?? '',
  errorInfo: row.fault === null ? '' : runFaults[row.fault],
});

export const finishTime = ({ finishedAt }: RunRow): string => time(finishedAt);
