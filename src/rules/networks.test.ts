import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNetworkName, userBlocks, vpcBlock, vSwitchBlock } from './networks.ts';

test('a VPC takes a network of /8 to /28 outside of what is reserved', () => {
  for (const good of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '192.168.7.16/28', '11.0.0.0/8']) {
    assert.equal(typeof vpcBlock(good), 'object', good);
  }
  for (const bad of [
    '',
    '10.0.0.0',
    '10.0.0.1/8',
    '100.64.0.0/16',
    '127.0.0.0/8',
    '169.254.1.0/24',
    '224.0.0.0/8',
    '0.0.0.0/8',
  ]) {
    assert.equal(vpcBlock(bad), 'malformed', bad);
  }
  assert.equal(vpcBlock('10.0.0.0/7'), 'mask');
  assert.equal(vpcBlock('10.0.0.0/29'), 'mask');
  assert.equal(vpcBlock('0.0.0.0/0'), 'mask');
});

test('a vSwitch takes a network of /16 to /29 inside its VPC beside the others', () => {
  const others = ['172.16.0.0/24'];
  assert.equal(typeof vSwitchBlock('172.16.1.0/24', '172.16.0.0/12', others), 'object');
  assert.equal(typeof vSwitchBlock('172.16.1.8/29', '172.16.0.0/12', others), 'object');
  assert.equal(vSwitchBlock('172.16.1.1/24', '172.16.0.0/12', others), 'malformed');
  assert.equal(vSwitchBlock('172.16.0.0/15', '172.16.0.0/12', []), 'mask');
  assert.equal(vSwitchBlock('172.16.0.0/30', '172.16.0.0/12', []), 'mask');
  assert.equal(vSwitchBlock('192.168.0.0/24', '172.16.0.0/12', others), 'outside');
  assert.equal(vSwitchBlock('172.16.0.128/25', '172.16.0.0/12', others), 'overlaps');
  assert.equal(vSwitchBlock('172.16.0.0/16', '172.16.0.0/12', others), 'overlaps');
});

test('a VPC has up to three user blocks outside of the services', () => {
  assert.deepEqual(userBlocks('192.168.0.0/16, 10.1.0.0/16'), ['192.168.0.0/16', '10.1.0.0/16']);
  assert.equal(userBlocks('10.0.0.0/8,11.0.0.0/8,12.0.0.0/8,13.0.0.0/8'), 'too many');
  assert.equal(userBlocks('10.0.0.0/8,'), 'malformed');
  assert.equal(userBlocks('100.100.0.0/16'), 'reserved');
});

test('network names begin with a letter and are no URL', () => {
  for (const good of ['ab', '专有网络', 'my net 1', 'a'.repeat(128)]) assert.equal(isNetworkName(good), true, good);
  for (const bad of ['a', '1ab', 'http://a', 'HTTPS://a', '_ab', 'a'.repeat(129)]) {
    assert.equal(isNetworkName(bad), false, bad);
  }
});
