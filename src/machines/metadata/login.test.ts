import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestFacts } from './facts.ts';
import { userDataFor, vendorData } from './login.ts';

const USER_DATA = Buffer.from('#!/bin/sh\ntrue\n');
const OLD = ['python-requests/2.28.1', 'Cloud-Init/22.4.2', 'Cloud-Init/24.4'];
const OTHERS = ['Cloud-Init/25.1', 'curl/8', ''];

const facts = (change: Partial<GuestFacts>) =>
  ({ passwordHash: '$6$salt$hash', userData: null, ...change }) as GuestFacts;

test('an old cloud-init gets the password in front of the user data, everybody else the user data as it is', () => {
  for (const agent of OLD) {
    const archive = userDataFor(facts({ userData: USER_DATA }), agent)!.toString();
    const parts = [...archive.matchAll(/Content-Type: (text\/\S+);[^]*?\n\n(\S+)\n/g)];
    assert.deepEqual(
      parts.map(([, type, content]) => [type, Buffer.from(content!, 'base64').toString()]),
      [
        ['text/cloud-config', vendorData(facts({}))],
        ['text/plain', USER_DATA.toString()],
      ],
    );
    assert.equal(userDataFor(facts({ passwordHash: null, userData: USER_DATA }), agent), USER_DATA);
    assert.equal(userDataFor(facts({ passwordHash: null }), agent), null);
  }
  for (const agent of OTHERS) {
    assert.equal(userDataFor(facts({ userData: USER_DATA }), agent), USER_DATA);
    assert.equal(userDataFor(facts({}), agent), null);
  }
});
