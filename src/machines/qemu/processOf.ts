import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for another that got its number later, not even after the host was started anew. */
export interface ProcessIdentity {
  pid: number;
  /** Ticks from the host's start to its own. */
  startTicks: number;
  /** Of the host's start. */
  bootId: string;
}

/** Field 22 of /proc/<pid>/stat (proc(5)), counted after the name, which may hold anything. */
const START_TICKS = 22 - 3;
const STATE = 0;

/** Another one each time that the host starts (random(4)). */
export const hostBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** Null: there is none, or only its body for its parent to bury. */
export function identify(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[STATE] === 'Z' || fields[STATE] === 'X') return null;
    return { pid, startTicks: Number(fields[START_TICKS]), bootId: hostBootId() };
  } catch {
    return null;
  }
}

export function isAlive(known: ProcessIdentity): boolean {
  const now = identify(known.pid);
  return now !== null && now.startTicks === known.startTicks && now.bootId === known.bootId;
}

/** Kills that process and no other. */
export function kill(known: ProcessIdentity): void {
  if (!isAlive(known)) return;
  try {
    process.kill(known.pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
