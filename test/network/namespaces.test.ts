import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { whyNoNamespaces } from '../../src/machines/network/namespace/probe.ts';
import { inOwnNetwork } from './ownNetwork.ts';
import type { VpcRoute } from '../../src/machines/network/view.ts';
import type { Guest } from './guests.ts';
import { fromGroup, left, openTown, rule } from './town.ts';

inOwnNetwork(import.meta.filename);

/** The network by packets, between namespaces that stand for guests. */

/** Of each to the other's vSwitch. */
const both = (one: Guest, other: Guest): VpcRoute[] =>
  [[one, other] as const, [other, one] as const].map(([from, to]) => ({
    vpcId: from.nic.vpcId,
    cidrBlock: to.nic.cidrBlock,
    toVpcId: to.nic.vpcId,
  }));

const NEEDED = [
  ['ip', 'iproute2'],
  ['bridge', 'iproute2'],
  ['nft', 'nftables'],
  ['dnsmasq', 'dnsmasq-base'],
  ['sysctl', 'procps'],
] as const;

test('namespaces can be had here, or it is said why not', async (context) => {
  assert.equal(await whyNoNamespaces('/nowhere'), null);
  assert.deepEqual(left(), []);
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-programs-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [missing, packageName] of NEEDED) {
    const path = join(folder, missing);
    mkdirSync(path);
    for (const [program] of NEEDED) if (program !== missing) symlinkSync('/bin/true', join(path, program));
    assert.equal(await whyNoNamespaces('/nowhere', path), `${missing} not installed (apt-get install ${packageName})`);
  }
  const why = await whyNoNamespaces('/nowhere', '/nowhere');
  assert.equal(
    why,
    'ip, bridge, nft, dnsmasq, sysctl not installed (apt-get install iproute2 nftables dnsmasq-base procps)',
  );
});

test('rules open and close ports at once, by their priority; groups let their own in', async () => {
  await using town = await openTown();
  const one = await town.start('one', { publicIp: '127.64.1.2' });
  const other = await town.start('other', { groupIds: ['sg-b'], net: 1 });
  const { privateIp } = one.nic;
  await one.serve(22, 'one');
  await one.serve(80, 'one');
  await one.serve(53, 'one', 'udp');
  assert.ok(await other.isKeptFrom(privateIp, 22));
  assert.ok(await town.host.isKeptFrom('127.64.1.2', 22));
  assert.ok(await other.pingsInVain(privateIp));

  await town.rules('sg-a', [rule({})]);
  assert.equal(await other.ask(privateIp, 22), `one hears ${other.nic.privateIp}`);
  assert.equal(await town.host.ask('127.64.1.2', 22), 'one hears 100.64.0.1');
  assert.ok(await other.isKeptFrom(privateIp, 80));

  // Of one priority, drop goes first; a lower number goes before it.
  await town.rules('sg-a', [rule({}), rule({ policy: 'Drop', cidrIp: other.nic.privateIp })]);
  assert.ok(await other.isKeptFrom(privateIp, 22));
  assert.equal(await town.host.ask('127.64.1.2', 22), 'one hears 100.64.0.1');
  await town.rules('sg-a', [rule({}), rule({ policy: 'Drop', priority: 2 })]);
  assert.ok(await other.ask(privateIp, 22));

  await town.rules('sg-a', [
    fromGroup('sg-b', { portRange: '80/90' }),
    rule({ ipProtocol: 'UDP', portRange: '1/65535' }),
    rule({ ipProtocol: 'ICMP', portRange: '-1/-1' }),
  ]);
  assert.ok(await other.ask(privateIp, 80));
  assert.ok(await other.isKeptFrom(privateIp, 22));
  assert.equal(await other.ask(privateIp, 53, 'udp'), `one hears ${other.nic.privateIp}`);
  assert.ok(await other.pings(privateIp));
  assert.ok(await town.host.pings('127.64.1.2'));

  // What comes in by a group ends with the membership; a group's own are let in, whatever its rules say, unless it keeps them apart.
  town.view(other).groupIds = ['sg-c'];
  await town.network.apply();
  assert.ok(await other.isKeptFrom(privateIp, 80));
  town.view(other).groupIds = ['sg-a'];
  await town.rules('sg-a', [rule({ policy: 'Drop', portRange: '1/65535' })]);
  assert.ok(await other.ask(privateIp, 80));
  town.groups.get('sg-a')!.innerAccessPolicy = 'Drop';
  await town.rules('sg-a', []);
  assert.ok(await other.isKeptFrom(privateIp, 80));
});

test('what a guest may send: all of it in a basic group, nothing in an advanced one, but for its rules', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other', { groupIds: ['sg-b'] });
  const { privateIp } = one.nic;
  await one.serve(22, 'one');
  await one.serve(80, 'one');
  await town.rules('sg-a', [rule({ portRange: '1/65535' })]);
  await town.rules('sg-b', [rule({ direction: 'egress', portRange: '80/80', policy: 'Drop' })]);
  assert.ok(await other.ask(privateIp, 22));
  assert.ok(await other.isKeptFrom(privateIp, 80));
  Object.assign(town.groups.get('sg-b')!, { type: 'enterprise', innerAccessPolicy: 'Drop' });
  await town.rules('sg-b', [rule({ direction: 'egress', portRange: '80/80', cidrIp: `${privateIp}/24` })]);
  assert.ok(await other.ask(privateIp, 80));
  assert.ok(await other.isKeptFrom(privateIp, 22));
});

test('a rule that is taken back ends the connections that it had let in', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other', { groupIds: ['sg-b'] });
  await town.rules('sg-a', [rule({})]);
  const echo = spawn('ip', ['netns', 'exec', one.namespace, 'ncat', '-l', '-k', '22', '-e', '/bin/cat']);
  // Until it listens.
  while ((await one.run('ncat', '-z', one.nic.privateIp, '22')) === null);
  const client = spawn('ip', ['netns', 'exec', other.namespace, 'ncat', one.nic.privateIp, '22']);
  let heard = '';
  const hasHeard = (text: string) => heard === text;
  client.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
  try {
    client.stdin.write('before\n');
    while (!hasHeard('before\n')) await once(client.stdout, 'data');
    await town.rules('sg-a', []);
    client.stdin.write('after\n');
    assert.ok(await other.isKeptFrom(one.nic.privateIp, 22));
    assert.equal(heard, 'before\n');
    // TCP says it again until somebody hears it.
    await town.rules('sg-a', [rule({})]);
    while (!hasHeard('before\nafter\n')) await once(client.stdout, 'data');
  } finally {
    client.kill('SIGKILL');
    echo.kill('SIGKILL');
  }
});

test('what a guest says in the name of another is dropped', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other');
  const foreign = '192.168.0.77';
  await one.run('nft', 'add table inet seen');
  await one.run('nft', 'add chain inet seen input { type filter hook input priority 0; }');
  await one.run('nft', `add rule inet seen input ip saddr ${foreign} counter drop`);
  await one.run('nft', 'add rule inet seen input meta l4proto icmp counter');
  const seen = async () =>
    [...(await one.run('nft', 'list ruleset'))!.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count));
  await other.run('ip', 'address', 'add', `${foreign}/24`, 'dev', 'eth0');
  await other.run('busybox', 'ping', '-c', '2', '-W', '1', '-I', foreign, one.nic.privateIp);
  assert.ok(await other.pings(one.nic.privateIp));
  const [spoofed, own] = await seen();
  assert.equal(spoofed, 0);
  assert.ok(own! > 0);
  // Not with another's card either, and nobody learns its address from it.
  await other.run('ip', 'link', 'set', 'dev', 'eth0', 'address', one.nic.macAddress);
  assert.ok(await other.pingsInVain(one.nic.privateIp));
  assert.deepEqual(await seen(), [0, own]);
  const third = await town.start('third');
  assert.ok(await third.pings(one.nic.privateIp));
  // The gateway's answers are the network's, whatever a guest says of itself.
  assert.match((await third.run('ip', 'neighbour'))!, /ee:ff:ff:ff:ff:ff/);
});

test('VPCs do not reach each other until they are joined, nor afterwards', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other', { vpc: 'vpc-b', net: 16, groupIds: ['sg-b'] });
  const third = await town.start('third', { vpc: 'vpc-c', net: 32, groupIds: ['sg-c'] });
  await other.serve(22, 'other');
  await town.rules('sg-b', [rule({ ipProtocol: 'ALL', portRange: '-1/-1' })]);
  const { privateIp } = other.nic;
  assert.ok(await one.isKeptFrom(privateIp, 22));
  town.routes = [...both(one, other)];
  await town.network.apply();
  assert.equal(await one.ask(privateIp, 22), `other hears ${one.nic.privateIp}`);
  assert.ok(await one.pings(privateIp));
  assert.ok(await third.isKeptFrom(privateIp, 22));
  // Groups' rules hold across.
  await town.rules('sg-b', [fromGroup('sg-c')]);
  town.routes.push(...both(other, third));
  await town.network.apply();
  assert.ok(await third.ask(privateIp, 22));
  assert.ok(await one.isKeptFrom(privateIp, 22));
  // Nobody passes through a VPC into a third.
  await one.serve(22, 'one');
  await town.rules('sg-a', [rule({})]);
  assert.ok(await other.ask(one.nic.privateIp, 22));
  assert.ok(await third.isKeptFrom(one.nic.privateIp, 22));
  town.routes = [];
  await town.network.apply();
  assert.ok(await third.isKeptFrom(privateIp, 22));
  assert.ok(await other.isKeptFrom(one.nic.privateIp, 22));
});

test('a route leads to its block alone and one way: without one back no answer comes', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other', { vpc: 'vpc-b', net: 16, groupIds: ['sg-b'] });
  const beside = await town.start('beside', { vpc: 'vpc-b', net: 17, groupIds: ['sg-b'] });
  await town.rules('sg-b', [rule({ ipProtocol: 'ALL', portRange: '-1/-1' })]);
  for (const guest of [other, beside]) await guest.serve(22, guest.nic.instanceId);
  const there = { vpcId: 'vpc-a', cidrBlock: '192.168.16.0/24', toVpcId: 'vpc-b' };
  const back = { vpcId: 'vpc-b', cidrBlock: '192.168.0.0/20', toVpcId: 'vpc-a' };
  const apply = (...routes: VpcRoute[]) => {
    town.routes = routes;
    return town.network.apply();
  };
  await apply(there);
  await other.run('nft', 'add table inet seen');
  await other.run('nft', 'add chain inet seen input { type filter hook input priority 0; }');
  await other.run('nft', `add rule inet seen input ip saddr ${one.nic.privateIp} counter`);
  assert.ok(await one.isKeptFrom(other.nic.privateIp, 22));
  assert.doesNotMatch((await other.run('nft', 'list', 'table', 'inet', 'seen'))!, /counter packets 0 /);
  await apply(back);
  assert.ok(await one.isKeptFrom(other.nic.privateIp, 22));
  await apply(there, back);
  assert.ok(await one.ask(other.nic.privateIp, 22));
  assert.ok(await one.isKeptFrom(beside.nic.privateIp, 22));
  // One that moves, and one of a single address.
  await apply({ ...there, cidrBlock: `${beside.nic.privateIp}/32` }, back);
  assert.ok(await one.isKeptFrom(other.nic.privateIp, 22));
  assert.ok(await one.ask(beside.nic.privateIp, 22));
  await town.restart();
  assert.ok(await one.ask(beside.nic.privateIp, 22));
  await apply();
  assert.ok(await one.isKeptFrom(beside.nic.privateIp, 22));
});

test('of VPCs with the same blocks nobody passes for a neighbour', async () => {
  await using town = await openTown();
  const twin = await town.start('twin', { net: 16, host: 1 });
  const other = await town.start('other', { vpc: 'vpc-b', net: 17, host: 2, groupIds: ['sg-b'] });
  const neighbour = await town.start('neighbour', { vpc: 'vpc-b', net: 16, host: 1, groupIds: ['sg-b'] });
  town.routes = [{ vpcId: 'vpc-a', cidrBlock: '192.168.17.0/24', toVpcId: 'vpc-b' }];
  await town.network.apply();
  await other.run('nft', 'add table inet seen');
  await other.run('nft', 'add chain inet seen input { type filter hook input priority 0; }');
  await other.run('nft', `add rule inet seen input ip saddr ${twin.nic.privateIp} counter`);
  assert.ok(await twin.isKeptFrom(other.nic.privateIp, 22));
  assert.match((await other.run('nft', 'list', 'table', 'inet', 'seen'))!, /counter packets 0 /);
  assert.ok(await neighbour.pings(other.nic.privateIp));
});

test('services on one machine that make their networks at the same time get addresses of their own', async () => {
  const towns = await Promise.all([openTown(), openTown(), openTown()]);
  try {
    await Promise.all(
      towns.flatMap((town, of) => ['vpc-a', 'vpc-b', 'vpc-c'].map((vpc, at) => town.start(`one-${of}-${at}`, { vpc }))),
    );
    const links = await Promise.all(
      towns.map((town) =>
        town.host.run('ip', '-4', '-o', 'route', 'show').then((routes) => routes!.match(/^100\.64\.\S+/gm)!),
      ),
    );
    for (const addresses of links) assert.equal(new Set(addresses).size, 9);
  } finally {
    for (const town of towns) await town[Symbol.asyncDispose]();
  }
});
