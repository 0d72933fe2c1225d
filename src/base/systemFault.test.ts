import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemFault } from './systemFault.ts';
import { WorldFault } from './worldFault.ts';

const caught = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
};

test('a failed system call becomes a fault with a stable code and its cause', () => {
  const cause = caught(() => openSync('/nonexistent/file', 'r'));
  const fault = systemFault(cause, 'open it');
  assert.equal(fault.code, 'FileMissing');
  assert.equal(fault.message, 'Could not open it: no such file');
  assert.equal(fault.cause, cause);
  assert.equal(systemFault(Object.assign(new Error('x'), { code: 'ENOSPC' }), 'write').code, 'DiskFull');
  assert.equal(systemFault(Object.assign(new Error('x'), { code: 'EFBIG' }), 'write').code, 'DiskFull');
  assert.equal(systemFault(Object.assign(new Error('x'), { code: 'EIO' }), 'write').code, 'DiskFault');
});

test("SQLite's own codes are understood", () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 2;');
  const full = caught(() => database.prepare('INSERT INTO t VALUES (zeroblob(100000))').run());
  assert.equal(systemFault(full, 'write').code, 'DiskFull');
  database.close();
});

test('what is a fault already stays it', () => {
  const fault = new WorldFault('ChunkDamaged', 'x');
  assert.equal(systemFault(fault, 'read'), fault);
});
