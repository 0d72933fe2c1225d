import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkDataFormat } from './dataFormat.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'tongjing-format-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a new folder gets the version, an old one keeps it', (t) => {
  const path = join(folder(t), 'data', 'format.json');
  checkDataFormat(path);
  assert.equal(readFileSync(path, 'utf8'), '{"version":1}\n');
  checkDataFormat(path);
  assert.deepEqual(readdirSync(join(path, '..')), ['format.json']);
});

test('a newer version and nonsense are refused, untouched', (t) => {
  const path = join(folder(t), 'format.json');
  for (const [text, code] of [
    ['{"version":2}', 'FormatTooNew'],
    ['{"version":"1"}', 'FormatUnknown'],
    ['{"version":0}', 'FormatUnknown'],
    ['null', 'FormatUnknown'],
    ['', 'FormatUnknown'],
  ] as const) {
    writeFileSync(path, text);
    assert.throws(() => checkDataFormat(path), { name: 'WorldFault', code });
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('a folder that cannot be written is a fault of the world', (t) => {
  const file = join(folder(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => checkDataFormat(join(file, 'format.json')), { name: 'WorldFault' });
});
