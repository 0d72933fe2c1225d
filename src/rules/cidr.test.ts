import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  containsCidr,
  formatAddress,
  formatCidr,
  isReserved,
  isUsableAddress,
  nextFreeAddress,
  nthAddress,
  overlaps,
  parseAddress,
  parseCidr,
  parseNetwork,
  usableAddresses,
  type Cidr,
} from './cidr.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed;
};
const addresses = fc.nat(2 ** 32 - 1);
/** Small blocks close together, so that overlap and nesting happen often. */
const nearBlocks = fc
  .record({ offset: fc.nat(255), prefix: fc.integer({ min: 22, max: 32 }) })
  .map(({ offset, prefix }) => cidr(`10.0.0.${offset}/${prefix}`));
const members = (block: Cidr): number[] =>
  Array.from({ length: block.last - block.first + 1 }, (_, n) => block.first + n);

test('addresses are read strictly', () => {
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.-4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.x',
  ]) {
    assert.equal(parseAddress(bad), null, bad);
  }
  assert.equal(parseAddress('255.255.255.255'), 2 ** 32 - 1);
});

test('blocks are read strictly', () => {
  for (const bad of [
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0/8',
    '/8',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
  ]) {
    assert.equal(parseCidr(bad), null, bad);
  }
  assert.deepEqual(cidr('0.0.0.0/0'), { first: 0, last: 2 ** 32 - 1, prefix: 0 });
  assert.equal(formatCidr(cidr('10.1.2.3/8')), '10.0.0.0/8');
  assert.equal(parseNetwork('10.1.2.3/8'), null);
  assert.deepEqual(parseNetwork('10.0.0.0/8'), cidr('10.0.0.0/8'));
});

test('an address survives text', () => {
  fc.assert(fc.property(addresses, (address) => parseAddress(formatAddress(address)) === address));
});

test('a block holds the address that it was made from, and has the size of its mask', () => {
  fc.assert(
    fc.property(addresses, fc.nat(32), (address, prefix) => {
      const block = cidr(`${formatAddress(address)}/${prefix}`);
      assert.ok(block.first <= address && address <= block.last);
      assert.equal(block.last - block.first + 1, 2 ** (32 - prefix));
      assert.deepEqual(parseNetwork(formatCidr(block)), block);
    }),
  );
});

test('overlap and containment agree with the sets of addresses', () => {
  fc.assert(
    fc.property(nearBlocks, nearBlocks, (a, b) => {
      const inA = new Set(members(a));
      const inB = members(b);
      assert.equal(
        overlaps(a, b),
        inB.some((address) => inA.has(address)),
      );
      assert.equal(
        containsCidr(a, b),
        inB.every((address) => inA.has(address)),
      );
      assert.equal(overlaps(a, b), overlaps(b, a));
    }),
  );
});

test('the n-th address stays inside the block', () => {
  const block = cidr('192.168.1.0/29');
  assert.equal(formatAddress(nthAddress(block, 0)!), '192.168.1.0');
  assert.equal(formatAddress(nthAddress(block, 7)!), '192.168.1.7');
  assert.equal(nthAddress(block, 8), null);
  assert.equal(nthAddress(block, -1), null);
});

test('the first address and the last three are reserved', () => {
  const block = cidr('192.168.1.0/24');
  const reserved = members(block).filter((address) => isReserved(block, address));
  assert.deepEqual(reserved.map(formatAddress), ['192.168.1.0', '192.168.1.253', '192.168.1.254', '192.168.1.255']);
  assert.equal(usableAddresses(block), 252);
  assert.equal(isUsableAddress('192.168.1.0/24', '192.168.1.252'), true);
  for (const address of ['192.168.1.0', '192.168.1.253', '192.168.2.1', 'x']) {
    assert.equal(isUsableAddress('192.168.1.0/24', address), false, address);
  }
});

test('free addresses come lowest first, each once, until the block is full', () => {
  fc.assert(
    fc.property(fc.integer({ min: 26, max: 29 }), fc.uniqueArray(fc.nat(63)), (prefix, used) => {
      const text = `172.16.5.0/${prefix}`;
      const block = cidr(text);
      const taken = new Set(used.map((n) => formatAddress(block.first + n)));
      const free = members(block).filter(
        (address) => !isReserved(block, address) && !taken.has(formatAddress(address)),
      );
      for (const expected of free) {
        const next = nextFreeAddress(text, taken);
        assert.equal(next, formatAddress(expected));
        taken.add(next);
      }
      assert.equal(nextFreeAddress(text, taken), null);
    }),
  );
  assert.equal(nextFreeAddress('nonsense', new Set()), null);
});
