import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAnswers } from './answers.ts';
import { openDatabase } from './database.ts';
import { setSetting } from './tables/settings.ts';

test('the same question is asked once for each version', () => {
  let version = 1;
  let asked = 0;
  const answers = createAnswers(() => version);
  const ask = () => [{ asked: ++asked }];
  assert.deepEqual(answers.rows('select ?', [1], ask), [{ asked: 1 }]);
  assert.deepEqual(answers.rows('select ?', [1], ask), [{ asked: 1 }]);
  assert.deepEqual(answers.rows('select ?', [2], ask), [{ asked: 2 }]);
  assert.deepEqual(answers.rows('select ?, 1', [1], ask), [{ asked: 3 }]);
  version++;
  assert.deepEqual(answers.rows('select ?', [1], ask), [{ asked: 4 }]);
});

test('what is kept is bounded, and nobody changes it for the others', () => {
  const answers = createAnswers(() => 1);
  const many = Array.from({ length: 30_000 }, () => ({ row: true }));
  let asked = 0;
  const ask = () => {
    asked++;
    return [...many];
  };
  const rows = answers.rows('a', [], ask) as { row: boolean }[];
  assert.throws(() => (rows[0]!.row = false), TypeError);
  assert.throws(() => rows.push({ row: true }), TypeError);
  answers.rows('b', [], ask);
  answers.rows('a', [], ask);
  assert.equal(asked, 3);
});

test('what is made of several answers is made once for each version, and not kept when they are of different ones', async () => {
  let version = 1;
  let made = 0;
  const answers = createAnswers(() => version);
  const make = async () => ({ made: ++made });
  assert.deepEqual(await answers.made('a', make), { made: 1 });
  assert.deepEqual(await answers.made('a', make), { made: 1 });
  version++;
  const overtaken = answers.made('a', async () => {
    version++;
    // Somebody asks under the newer version before this is done.
    await answers.made('b', make);
    return make();
  });
  assert.deepEqual(await overtaken, { made: 3 });
  assert.deepEqual(await answers.made('a', make), { made: 4 });
  assert.deepEqual(await answers.made('b', make), { made: 2 });
  await assert.rejects(
    answers.made('c', () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.deepEqual(await answers.made('c', make), { made: 5 });
});

test('a reader sees each commit at once, and none before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-answers-'));
  await using database = await openDatabase(join(folder, 'records.db'));
  const seen = async () => (await database.read.selectFrom('settings').selectAll().execute()).map((row) => row.value);
  for (let round = 0; round < 50; round++) {
    const before = await seen();
    await database.write(async (tx) => {
      await setSetting(tx, 'round', round);
      assert.deepEqual(await seen(), before);
    });
    assert.deepEqual(await seen(), [String(round)]);
  }
  const rollback = database.write(async (tx) => {
    await setSetting(tx, 'round', -1);
    throw new Error('no');
  });
  await assert.rejects(rollback, /no/);
  assert.deepEqual(await seen(), ['49']);
  rmSync(folder, { recursive: true });
});
