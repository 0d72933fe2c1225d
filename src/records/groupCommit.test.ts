import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kysely, sql, type Transaction } from 'kysely';
import { createGroupCommit, type GroupCommit } from './groupCommit.ts';
import { sqliteDialect } from './sqlite.ts';

interface Schema {
  words: { word: string };
}

interface Fixture extends AsyncDisposable {
  group: GroupCommit<Schema>;
  /** Transactions that ended so far. */
  ended(): number;
  /** What another process would read. */
  words(): string[];
}

/** `now` stands still unless it is given, so that how slow the machine is never ends a batch. */
async function open(now = () => 0): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-commits-'));
  const path = join(folder, 'words.db');
  const writer = new Kysely<Schema>({ dialect: sqliteDialect(path, 'write') });
  await writer.schema
    .createTable('words')
    .addColumn('word', 'text', (column) => column.unique())
    .execute();
  const other = new DatabaseSync(path);
  let ended = 0;
  return {
    group: createGroupCommit(writer, () => (ended += 1), now),
    ended: () => ended,
    words: () =>
      other
        .prepare('SELECT word FROM words ORDER BY word')
        .all()
        .map((row) => String(row['word'])),
    async [Symbol.asyncDispose]() {
      other.close();
      await writer.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

const add = (word: string) => async (tx: Transaction<Schema>) => {
  await tx.insertInto('words').values({ word }).execute();
  return word;
};

test('bodies that are asked for at once share a commit, and each gets its own answer', async () => {
  await using fixture = await open();
  const { group, ended, words } = fixture;
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((word) => group.write(add(word)))), ['a', 'b', 'c']);
  assert.deepEqual([words(), ended()], [['a', 'b', 'c'], 1]);
  await group.write(add('d'));
  assert.deepEqual([words(), ended()], [['a', 'b', 'c', 'd'], 2]);
});

test('bodies that joined do not keep a commit waiting for longer than its limit', async () => {
  let now = 0;
  await using fixture = await open(() => (now += 10));
  const { group, ended, words } = fixture;
  await Promise.all(['a', 'b', 'c'].map((word) => group.write(add(word))));
  assert.deepEqual([words(), ended()], [['a', 'b', 'c'], 3]);
});

test('news comes after the commit, never before', async () => {
  await using fixture = await open();
  const { group, words } = fixture;
  const seen = await Promise.all(['a', 'b'].map((word) => group.write(add(word)).then(() => words())));
  assert.deepEqual(seen, [
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('bodies run one after the other, and see what those before them did', async () => {
  await using fixture = await open();
  const { group } = fixture;
  const count = (tx: Transaction<Schema>) =>
    tx
      .selectFrom('words')
      .selectAll()
      .execute()
      .then((rows) => rows.length);
  const counts = await Promise.all(
    ['a', 'b', 'c'].map((word) => group.write(async (tx) => (await add(word)(tx), count(tx)))),
  );
  assert.deepEqual(counts, [1, 2, 3]);
});

test('a body that throws leaves nothing, and harms no other', async () => {
  await using fixture = await open();
  const { group, ended, words } = fixture;
  const outcomes = await Promise.allSettled([
    group.write(add('a')),
    group.write(async (tx) => {
      await add('lost')(tx);
      throw new Error('refused');
    }),
    group.write(add('a')),
    group.write(add('b')),
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.match(String((outcomes[1] as PromiseRejectedResult).reason), /refused/);
  assert.match(String((outcomes[2] as PromiseRejectedResult).reason), /UNIQUE/);
  assert.deepEqual([words(), ended()], [['a', 'b'], 1]);
});

test('when the transaction itself is lost, all of it is, and everybody is told why', async () => {
  await using fixture = await open();
  const { group, words } = fixture;
  const outcomes = await Promise.allSettled([
    group.write(add('a')),
    // As SQLite does by itself when the disk is full.
    group.write(async (tx) => {
      await sql`rollback`.execute(tx);
      throw new Error('disk full');
    }),
  ]);
  for (const outcome of outcomes) assert.match(String((outcome as PromiseRejectedResult).reason), /disk full/);
  assert.deepEqual(words(), []);
  assert.equal(await group.write(add('b')), 'b');
  assert.deepEqual(words(), ['b']);
});

test('what comes while others are being written is written next', async () => {
  await using fixture = await open();
  const { group, words } = fixture;
  let later: Promise<string> | undefined;
  await group.write(async (tx) => {
    later = group.write(add('b'));
    await add('a')(tx);
  });
  await later;
  assert.deepEqual(words(), ['a', 'b']);
});

test('a writer that is gone refuses', async () => {
  const fixture = await open();
  await fixture[Symbol.asyncDispose]();
  await assert.rejects(fixture.group.write(add('a')));
  await assert.rejects(fixture.group.write(add('b')));
});
