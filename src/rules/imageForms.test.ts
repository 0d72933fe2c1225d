import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageFormOf } from './imageForms.ts';

test('the end of a name says what a disk file is, or nothing', () => {
  const forms = {
    'disk.raw': ['raw', null],
    'a/b/disk.IMG': ['raw', null],
    'disk.qcow2': ['qcow2', null],
    'disk.raw.tar.gz': ['raw', 'tar.gz'],
    'disk.qcow2.xz': ['qcow2', 'xz'],
    'debian.tgz': [null, 'tar.gz'],
    'raw.gz': ['raw', 'gz'],
    vhdx: ['vhdx', null],
    'disk.iso': null,
    'raw.': null,
    'disk.raw.bak': null,
    '': null,
  };
  for (const [name, form] of Object.entries(forms)) {
    assert.deepEqual(imageFormOf(name), form && { format: form[0], packing: form[1] }, name);
  }
});
