import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { knownAccelerator } from './accelerator.ts';

test('what the probe said is kept until the host starts anew or has another QEMU', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-accelerator-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'qemu');
  const notes = join(folder, 'accelerator.json');
  writeFileSync(program, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const probed = await knownAccelerator(program, notes);
  assert.equal(probed.name, 'tcg');
  const noted = JSON.parse(readFileSync(notes, 'utf8'));
  const note = (changes: object) => writeFileSync(notes, JSON.stringify({ ...noted, ...changes }));

  note({ why: 'as noted' });
  assert.deepEqual(await knownAccelerator(program, notes), { name: 'tcg', why: 'as noted' });
  note({ why: 'as noted', probedFor: noted.probedFor.replace(/^\S+/, 'another-start') });
  assert.deepEqual(await knownAccelerator(program, notes), probed);
  note({ why: 'as noted' });
  utimesSync(program, 1, 1);
  assert.deepEqual(await knownAccelerator(program, notes), probed);
  writeFileSync(notes, '{"name":');
  assert.deepEqual(await knownAccelerator(program, notes), probed);
});
