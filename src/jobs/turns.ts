import type { Work } from './attempt.ts';
import type { Weight } from './job.ts';

/** An unfinished job, as far as its turn goes. */
export interface Queued extends Work {
  /** `begun`: its begin step is done, and it waits for its turn to run. */
  state: 'waiting' | 'beginning' | 'begun' | 'running';
  resources: readonly string[];
  /** Not before this service time. */
  runAfter: number;
}

export const needsBegin = (entry: Queued): boolean => entry.job.begin !== undefined && entry.row.startedAt === null;

/**
 * Who may start now, given the unfinished jobs in order of enqueueing: `unclaimed` are still to be marked as running, `ready` began
 * before. `nextAt`: when to ask again if nothing else happens. Begin steps need no free place, only their resources.
 */
export function pickDue<E extends Queued>(
  entries: readonly E[],
  limits: Readonly<Record<Weight, number>>,
  now: number,
): { unclaimed: E[]; ready: E[]; nextAt: number | null } {
  const free = { ...limits };
  const held = new Set<string>();
  const hold = (entry: E) => {
    for (const resource of entry.resources) held.add(resource);
  };
  for (const entry of entries) {
    if (entry.state !== 'waiting') hold(entry);
    if (entry.state === 'running') free[entry.job.weight] -= 1;
  }
  const unclaimed: E[] = [];
  const ready: E[] = [];
  let nextAt = Infinity;
  const start = (entry: E, list: E[]) => {
    if (free[entry.job.weight] <= 0) return;
    free[entry.job.weight] -= 1;
    list.push(entry);
  };
  for (const entry of entries) {
    if (entry.state === 'begun') start(entry, ready);
    if (entry.state !== 'waiting') continue;
    const isDue = entry.runAfter <= now;
    if (!isDue) nextAt = Math.min(nextAt, entry.runAfter);
    // A timed job lets others pass until its time; one that is tried again keeps its place.
    if (!isDue && entry.row.attempts === 0) continue;
    const isBlocked = entry.resources.some((resource) => held.has(resource));
    hold(entry);
    if (!isDue || isBlocked) continue;
    if (needsBegin(entry)) unclaimed.push(entry);
    else start(entry, unclaimed);
  }
  return { unclaimed, ready, nextAt: nextAt === Infinity ? null : nextAt };
}
