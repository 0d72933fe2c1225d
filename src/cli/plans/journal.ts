import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../base/files.ts';

/** What a step learnt: ids of what it made. */
export type Result = Readonly<Record<string, string>>;

/**
 * How far a plan is. It is on disk before anything is done and after each step, so that a killed command can go on, or be undone: a call that
 * was under way is made again with its ClientToken, which makes it the same call.
 */
export interface Journal<Facts> {
  /** Part of each ClientToken, and of names. */
  id: string;
  startedAt: string;
  /** All that the plan depends on, as it was found at the beginning. */
  facts: Facts;
  /** The step that was begun, until it has a result. */
  begun: string | null;
  results: Record<string, Result>;
  /** Steps whose results can be used. */
  finished: string[];
}

export interface JournalFile<Facts> {
  path: string;
  read(): Journal<Facts> | null;
  write(journal: Journal<Facts>): void;
  remove(): void;
}

/** One plan at a time about one thing: `name` is the command with what it is about. */
export function journalFile<Facts>(dataDir: string, name: string): JournalFile<Facts> {
  const folder = join(dataDir, 'plans');
  const path = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}.json`);
  return {
    path,
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Journal<Facts>) : null),
    write(journal) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeDurably(path, `${JSON.stringify(journal, null, 2)}\n`, 0o600);
    },
    remove: () => rmSync(path, { force: true }),
  };
}
