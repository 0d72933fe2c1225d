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

const QCOW2 = 'QFI\xfb\0\0\0\x03';

test('of a name that says nothing the first bytes tell qcow2 from raw', () => {
  for (const name of ['disk', 'disk.img', 'disk.dat']) {
    assert.equal(imageFormatOf(file(name, QCOW2)), 'qcow2');
    assert.equal(imageFormatOf(file(name, '\xeb\x63\x90')), 'raw');
  }
  assert.equal(imageFormatOf(file('disk.raw', '\xeb\x63\x90')), 'raw');
  assert.equal(imageFormatOf(file('empty', '')), 'raw');
});

test('what looks like something else is taken for a raw disk neither by its name nor when it is declared one', () => {
  const others: Record<string, [bytes: string, format: string]> = {
    'q.raw': [QCOW2, 'qcow2'],
    'a.raw': ['KDMV\x01', 'vmdk'],
    'b.img': ['vhdxfile', 'vhdx'],
    'c.raw': ['conectix', 'vhd'],
    d: ['\x1f\x8b', 'raw.gz'],
  };
  for (const [name, [bytes, format]] of Object.entries(others)) {
    const path = file(name, bytes);
    const refused = { code: 'Usage', exitCode: 2, hint: new RegExp(`--format ${format}; or --force-raw`) };
    assert.throws(() => imageFormatOf(path), refused, name);
    assert.throws(() => imageFormatOf(path, 'raw'), refused, name);
    assert.equal(imageFormatOf(path, format), format);
  }
  assert.throws(() => imageFormatOf(file('q.img', QCOW2), 'raw'), { code: 'Usage' });
});

test('a pipe is not waited for, and a missing file is named', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.equal(imageFormatOf(pipe), 'raw');
  assert.throws(() => imageFormatOf(join(folder, 'none')), { code: 'FileUnreadable', message: /none/ });
});

test('a name says what to export as, and none that does not', () => {
  const names = {
    'a.raw': 'raw',
    'a.img': 'raw',
    'a.QCOW2': 'qcow2',
    'a.vhd': 'vhd',
    'a.vmdk': 'vmdk',
    'a.raw.tar.gz': 'raw.tar.gz',
    'a.tgz': 'raw.tar.gz',
  };
  for (const [name, format] of Object.entries(names)) assert.equal(formatNamed(name), format);
  for (const name of ['a', 'a.foo', 'a.qcow', 'a.raw.gz', 'a.vdi', '/b.raw/a']) {
    assert.throws(() => formatNamed(name), { code: 'Usage', exitCode: 2, hint: /--format raw/ }, name);
  }
});

test('what a name says besides is taken: the service looks whether it is true', () => {
  const names = {
    'a.VMDK': 'vmdk',
    'a.qcow2': 'qcow2',
    'b.vhd': 'vhd',
    'c.vdi': 'vdi',
    'd.raw.tar.gz': 'raw.tar.gz',
    'e.qcow2.xz': 'qcow2.xz',
    'f.img.zst': 'raw.zst',
    'f.img': 'raw',
    'g.tgz': 'raw.tgz',
  };
  for (const [name, format] of Object.entries(names)) assert.equal(imageFormatOf(file(name, 'x')), format, name);
});
