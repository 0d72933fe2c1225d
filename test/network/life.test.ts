import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../until.ts';
import { namesOf } from '../../src/machines/network/namespace/names.ts';
import { placeIn } from './guests.ts';
import { inOwnNetwork } from './ownNetwork.ts';
import { left, openTown, rule } from './town.ts';

inOwnNetwork(import.meta.filename);

/** What a network gives its guests beside their neighbours, and how it comes and goes. */

const METADATA = '100.100.100.200';
const ALL = rule({ portRange: '1/65535' });

test('each guest is told its own metadata, by its card; VPCs may have the same addresses', async () => {
  await using town = await openTown();
  const one = await town.start('one', { host: 7 });
  const other = await town.start('other', { host: 8 });
  const twin = await town.start('twin', { vpc: 'vpc-b', host: 7 });
  for (const guest of [one, other, twin]) {
    const answer = await guest.run(
      'sh',
      '-c',
      `printf 'X-Forwarded-For: ${one.nic.privateIp}\r\n\r\n' | ncat ${METADATA} 80`,
    );
    assert.equal(answer, `you are ${guest.nic.instanceId}`);
  }
  // Nobody else is asked for it, and nothing else is there.
  await other.run('ip', 'address', 'add', `${one.nic.privateIp}/32`, 'dev', 'lo');
  assert.equal(await other.run('ncat', '-w', '300ms', '-s', one.nic.privateIp, METADATA, '80'), null);
  assert.equal(town.asked.filter((id) => id === 'i-one').length, 1);
  assert.ok(await one.isKeptFrom(METADATA, 22));
  // The answers' hops end at the guest.
  town.view(one).hopLimit = 1;
  await town.network.apply();
  await one.run('nft', 'add table inet seen');
  await one.run('nft', 'add chain inet seen input { type filter hook input priority 0; }');
  await one.run('nft', `add rule inet seen input ip saddr ${METADATA} ip ttl != 1 counter`);
  assert.ok(await one.ask(METADATA, 80));
  assert.match((await one.run('nft', 'list', 'table', 'inet', 'seen'))!, /counter packets 0 /);
});

test('a guest gets its address by DHCP, with gateway and name servers, and names are refused', async () => {
  await using town = await openTown();
  const one = await town.start('one', { net: 3, host: 9 });
  await town.start('other', { net: 3, host: 10 });
  const told = join(town.dataFolder, 'told');
  const script = join(town.dataFolder, 'script');
  writeFileSync(script, `#!/bin/sh\n[ "$1" = bound ] && echo "$ip $subnet $router $dns" > ${told}\nexit 0\n`, {
    mode: 0o700,
  });
  await one.run('ip', 'address', 'flush', 'dev', 'eth0');
  assert.notEqual(await one.run('busybox', 'udhcpc', '-i', 'eth0', '-q', '-n', '-t', '20', '-s', script), null);
  assert.equal(
    execFileSync('cat', [told], { encoding: 'utf8' }),
    '192.168.3.9 255.255.255.0 192.168.3.253 100.100.2.136 100.100.2.138\n',
  );
});

test('a name server that is killed is made anew, and the other VPC keeps its own', async () => {
  await using town = await openTown();
  const one = await town.start('one', { host: 9 });
  await town.start('other', { vpc: 'vpc-b', host: 10 });
  const serversOf = (vpc: string) =>
    execFileSync('ip', ['netns', 'pids', left().find((name) => name.endsWith(vpc))!], { encoding: 'utf8' }).trim();
  const kept = serversOf('vpc-b');
  const killed = serversOf('vpc-a');
  process.kill(Number(killed), 'SIGKILL');
  await until(() => !['', killed].includes(serversOf('vpc-a')));
  await one.run('ip', 'address', 'flush', 'dev', 'eth0');
  assert.notEqual(await one.run('busybox', 'udhcpc', '-i', 'eth0', '-q', '-n', '-t', '20', '-s', '/bin/true'), null);
  assert.equal(serversOf('vpc-b'), kept);
});

test('a guest whose card is lost keeps nobody else of its VPC from theirs', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other');
  const namespace = left().find((name) => name.endsWith('-vpc-a'))!;
  const card = namesOf(town.dataFolder).card(one.nic.instanceId);
  execFileSync('ip', ['-netns', namespace, 'link', 'delete', 'dev', card]);
  await town.restart();
  const third = await town.start('third');
  assert.ok(await third.ask(METADATA, 80));
  assert.ok(await other.ask(METADATA, 80));
});

test('public addresses lead to guests on every port, and to others when they move', async () => {
  await using town = await openTown();
  const one = await town.start('one', { publicIp: '127.64.9.1' });
  const other = await town.start('other', { vpc: 'vpc-b', host: 1 });
  await town.rules('sg-a', [ALL]);
  for (const port of [1, 22, 40_000]) {
    await one.serve(port, 'one');
    assert.ok(await town.host.ask('127.64.9.1', port));
  }
  await other.serve(22, 'other');
  town.view(one).publicIp = null;
  town.view(other).publicIp = '127.64.9.1';
  await town.network.apply();
  assert.equal(await town.host.ask('127.64.9.1', 22), 'other hears 100.64.0.1');
  town.view(other).publicIp = null;
  await town.network.apply();
  assert.ok(await town.host.isKeptFrom('127.64.9.1', 22));
});

test('an address that another service of this machine has stays with it; the rest goes on', async () => {
  await using first = await openTown();
  await using second = await openTown();
  const one = await first.start('one', { publicIp: '127.64.9.1' });
  const other = await second.start('other', { publicIp: '127.64.9.1' });
  await first.rules('sg-a', [ALL]);
  await second.rules('sg-a', [ALL]);
  await one.serve(22, 'one');
  await other.serve(22, 'other');
  assert.equal(await first.host.ask('127.64.9.1', 22), 'one hears 100.64.0.1');
  const neighbour = await second.start('neighbour');
  assert.ok(await neighbour.ask(other.nic.privateIp, 22));
});

test('guests reach neither this machine nor the internet, unless the operator lets them: then the internet alone', async () => {
  for (const internet of [false, true]) {
    await using town = await openTown({ internet });
    const one = await town.start('one', { publicIp: '127.64.9.1' });
    const inner = await town.start('inner');
    // A server far away, behind this machine; and one in its own network.
    const far = placeOutside('far', '203.0.113.1', '203.0.113.9');
    const near = placeOutside('near', '10.9.9.1', '10.9.9.9');
    try {
      await far.place.serve(80, 'far');
      await near.place.serve(80, 'near');
      await town.host.serve(8080, 'host');
      assert.ok(await town.host.ask('203.0.113.9', 80));
      for (const address of ['127.0.0.1', '100.64.0.1', '203.0.113.1', '10.9.9.1']) {
        assert.ok(await one.isKeptFrom(address, 8080), address);
      }
      assert.ok(await one.isKeptFrom('10.9.9.9', 80));
      assert.ok(await inner.isKeptFrom('203.0.113.9', 80));
      if (internet) assert.equal(await one.ask('203.0.113.9', 80), 'far hears 203.0.113.1');
      else assert.ok(await one.isKeptFrom('203.0.113.9', 80));
      // Nor does anybody come in through this machine.
      assert.ok(await far.place.isKeptFrom(one.nic.privateIp, 80));
    } finally {
      far.remove();
      near.remove();
    }
  }
});

test('an answer without a route back goes nowhere else, not to somebody of that address around this machine', async () => {
  await using town = await openTown({ internet: true });
  const one = await town.start('one');
  const other = await town.start('other', { vpc: 'vpc-b', net: 16, groupIds: ['sg-b'] });
  await town.rules('sg-b', [rule({ ipProtocol: 'ALL', portRange: '-1/-1' })]);
  const namesake = placeOutside('namesake', '192.168.0.254', one.nic.privateIp);
  try {
    await namesake.place.run('nft', 'add table inet seen');
    await namesake.place.run('nft', 'add chain inet seen input { type filter hook input priority 0; }');
    await namesake.place.run('nft', `add rule inet seen input icmp type echo-reply counter`);
    town.routes = [{ vpcId: 'vpc-a', cidrBlock: other.nic.cidrBlock, toVpcId: 'vpc-b' }];
    await town.network.apply();
    assert.ok(await one.pingsInVain(other.nic.privateIp));
    assert.match((await namesake.place.run('nft', 'list', 'table', 'inet', 'seen'))!, /counter packets 0 /);
  } finally {
    namesake.remove();
  }
});

function placeOutside(name: string, here: string, there: string) {
  const servers: Parameters<typeof placeIn>[1] = [];
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-batch', '-'], {
    input: `link add dev to-${name} type veth peer name eth0 netns ${name}\naddress add ${here}/24 dev to-${name}\nlink set dev to-${name} up\n`,
  });
  execFileSync('ip', ['-netns', name, '-batch', '-'], {
    input: `link set dev eth0 up\naddress add ${there}/24 dev eth0\nroute add default via ${here}\n`,
  });
  return {
    place: placeIn(name, servers),
    remove() {
      for (const server of servers) server.kill('SIGKILL');
      execFileSync('ip', ['link', 'delete', 'dev', `to-${name}`]);
      execFileSync('ip', ['netns', 'delete', name]);
    },
  };
}

test('networks go on while no service runs, are found again, and go with their last guest', async () => {
  const town = await openTown();
  const one = await town.start('one', { publicIp: '127.64.9.1' });
  const other = await town.start('other', { vpc: 'vpc-b', host: 1 });
  await town.rules('sg-a', [ALL]);
  await one.serve(22, 'one');
  await town.network[Symbol.asyncDispose]();
  assert.ok(await town.host.ask('127.64.9.1', 22));
  const before = left().length;
  await town.restart();
  assert.ok(await town.host.ask('127.64.9.1', 22));
  assert.ok(await one.ask(METADATA, 80));
  assert.equal(left().length, before);

  // One ended while no service ran: the next takes its network away.
  await town.network[Symbol.asyncDispose]();
  town.end(other);
  await town.restart();
  assert.deepEqual(
    readdirSync('/run/netns').filter((name) => name.endsWith('-vpc-b')),
    [],
  );
  assert.ok(await town.host.ask('127.64.9.1', 22));
  // Of an unfinished one too.
  await town.network[Symbol.asyncDispose]();
  execFileSync('ip', [
    'link',
    'delete',
    'dev',
    left()
      .find((line) => /^\d+: tj/.test(line))!
      .split(/[ :@]+/)[1]!,
  ]);
  await town.restart();
  assert.ok(existsSync('/run/netns'));
  await town[Symbol.asyncDispose]();
  assert.deepEqual(left(), []);
});
