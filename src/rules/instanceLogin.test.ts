import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoReleaseAt } from './autoRelease.ts';
import { defaultHostName, userDataFault } from './instanceLogin.ts';
import { publicAddress } from './publicAddresses.ts';

test('user data is base64 of at most 32 KiB', () => {
  assert.equal(userDataFault('IyEvYmluL3No'), null);
  assert.equal(userDataFault('IyEv\nYmluL3No\n'), null);
  assert.equal(userDataFault('#!/bin/sh'), 'malformed');
  assert.equal(userDataFault(''), 'malformed');
  assert.equal(userDataFault(Buffer.alloc(32 * 1024).toString('base64')), null);
  assert.equal(userDataFault(Buffer.alloc(32 * 1024 + 1).toString('base64')), 'too large');
});

test('host names made from ids fit their systems', () => {
  assert.equal(defaultHostName('i-bp1abcdefghijklmnopq', 'linux'), 'iZbp1abcdefghijklmnopqZ');
  assert.equal(defaultHostName('i-bp1abcdefghijklmnopq', 'windows').length, 15);
});

test('a release lies 30 minutes to three years ahead, on the minute', () => {
  const now = Date.UTC(2026, 0, 1, 0, 0, 30);
  assert.equal(autoReleaseAt(Date.UTC(2026, 0, 1, 1, 0, 59), now), Date.UTC(2026, 0, 1, 1, 0));
  assert.equal(autoReleaseAt(Date.UTC(2026, 0, 1, 0, 30, 0), now), Date.UTC(2026, 0, 1, 0, 30));
  assert.equal(autoReleaseAt(Date.UTC(2026, 0, 1, 0, 29, 59), now), null);
  assert.equal(autoReleaseAt(Date.UTC(2030, 0, 1), now), null);
});

test('public addresses are hosts of 127.64.0.0/10', () => {
  assert.equal(publicAddress(Uint8Array.of(0, 0, 0)), '127.64.0.1');
  assert.equal(publicAddress(Uint8Array.of(0x3f, 0xff, 253)), '127.127.255.254');
  assert.equal(publicAddress(Uint8Array.of(0xff, 0xff, 255)), '127.127.255.2');
  assert.equal(publicAddress(Uint8Array.of(0x40, 1, 9)), '127.64.1.10');
});
