import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatNamed, imageFormatOf } from './imageFormat.ts';

const folder = mkdtempSync(join(tmpdir(), 'tongjing-format-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(bytes, 'latin1'));
  return path;
}

test('qcow2 is known by its first bytes, whatever its name', () => {
  assert.equal(imageFormatOf(file('disk.raw', 'QFI\xfb\0\0\0\x03')), 'qcow2');
});

test('what says nothing is raw', () => {
  for (const name of ['disk.raw', 'disk.img', 'disk']) assert.equal(imageFormatOf(file(name, '\xeb\x63\x90')), 'raw');
  assert.equal(imageFormatOf(file('empty', '')), 'raw');
});

test('what is something else is not taken for a raw disk', () => {
  const others = {
    'a.raw': 'KDMV\x01',
    'b.img': 'vhdxfile',
    'c.raw': 'conectix',
    d: '\x1f\x8b\x08',
    'e.qcow2': 'hello',
  };
  for (const [name, bytes] of Object.entries(others)) {
    assert.throws(() => imageFormatOf(file(name, bytes)), { code: 'Usage', exitCode: 2 }, name);
  }
});

test('a pipe is not waited for, and a missing file is named', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.equal(imageFormatOf(pipe), 'raw');
  assert.throws(() => imageFormatOf(join(folder, 'none')), { code: 'FileUnreadable', message: /none/ });
});

test('a name says what to export as', () => {
  const names = {
    a: 'raw',
    'a.raw': 'raw',
    'a.QCOW2': 'qcow2',
    'a.vhd': 'vhd',
    'a.vmdk': 'vmdk',
    'a.raw.tar.gz': 'raw.tar.gz',
  };
  for (const [name, format] of Object.entries(names)) assert.equal(formatNamed(name), format);
});

test('what a name says besides is taken: the service looks whether it is true', () => {
  const names = {
    'a.VMDK': 'vmdk',
    'b.vhd': 'vhd',
    'c.vdi': 'vdi',
    'd.raw.tar.gz': 'raw.tar.gz',
    'e.qcow2.xz': 'qcow2.xz',
    'f.img.zst': 'raw.zst',
    'g.tgz': 'raw.tgz',
  };
  for (const [name, format] of Object.entries(names)) assert.equal(imageFormatOf(file(name, 'x')), format, name);
});
