import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

/**
 * Preloaded into the service by the crash suite: kills it, without any last word, at the n-th thing of a kind that it does to its
 * disk, in whatever thread. `TONGJING_TEST_CUT` is `<kind> <n> <before|after> <start|work>`: counted from its start, or from SIGUSR2.
 */
const KEY = 'tongjing-test-cut';
const setting = process.env['TONGJING_TEST_CUT'];
// Volume processes inherit the variable, but are killed by the suite itself.
const isService =
  !isMainThread || /\/(src\/main|src\/cli\/main|test\/crash\/storeWork)\.ts$/.test(process.argv[1] ?? '');

if (setting && isService) {
  const [kind, nth, moment, phase] = setting.split(' ');
  let counter = getEnvironmentData(KEY) as Int32Array<SharedArrayBuffer> | undefined;
  if (!counter) {
    counter = new Int32Array(new SharedArrayBuffer(4));
    setEnvironmentData(KEY, counter);
    // Far from the n-th until told.
    if (phase === 'work') counter[0] = -(2 ** 30);
  }
  const counts = counter;
  if (isMainThread) process.on('SIGUSR2', () => Atomics.store(counts, 0, 0));

  const die = () => {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  const around = <T>(what: string, work: () => T): T => {
    const isIt = (kind === 'any' || kind === what) && Atomics.add(counts, 0, 1) + 1 === Number(nth);
    if (isIt && moment === 'before') die();
    const result = work();
    if (isIt) {
      // What is asynchronous is under way now, and that is as good a moment.
      die();
    }
    return result;
  };

  const kinds: Record<string, readonly (keyof typeof fs)[]> = {
    write: ['writeSync', 'writevSync', 'writeFileSync', 'ftruncateSync', 'truncateSync', 'copyFileSync'],
    sync: ['fsyncSync', 'fdatasyncSync'],
    name: ['openSync', 'renameSync', 'unlinkSync', 'rmSync', 'mkdirSync', 'linkSync'],
  };
  const writes = (flags: unknown) => flags !== undefined && flags !== 'r' && flags !== fs.constants.O_RDONLY;
  type Functions = Record<string, (...args: unknown[]) => unknown>;
  for (const [what, names] of Object.entries(kinds)) {
    for (const name of names) {
      const patch = (holder: Functions, key: string) => {
        const original = holder[key];
        if (!original) return;
        holder[key] = (...args) =>
          name === 'openSync' && !writes(args[1]) ? original(...args) : around(what, () => original(...args));
      };
      patch(fs as unknown as Functions, name);
      patch(fs.promises as unknown as Functions, name.replace(/Sync$/, ''));
      patch(fs as unknown as Functions, name.replace(/Sync$/, ''));
    }
  }
  syncBuiltinESMExports();

  const isCommit = (sql: string) => /^\s*commit/i.test(sql);
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
    return isCommit(sql) ? around('commit', () => exec.call(this, sql)) : exec.call(this, sql);
  };
  type Run = (this: StatementSync, ...values: unknown[]) => ReturnType<StatementSync['run']>;
  const run = StatementSync.prototype.run as Run;
  const counted: Run = function (...values) {
    return isCommit(this.sourceSQL) ? around('commit', () => run.apply(this, values)) : run.apply(this, values);
  };
  StatementSync.prototype.run = counted;
}
