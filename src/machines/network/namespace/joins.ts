import { formatCidr, parseCidr } from '../../../rules/cidr.ts';
import { assert } from '../../../base/assert.ts';
import type { NetworkView, VpcRoute } from '../view.ts';
import { JOINS, joinName, macOf, type Names } from './names.ts';
import { interfacesOf, ip, shown } from './programs.ts';

/** Of the VPCs that are there, makes a link between the namespaces of each two between which there is a route, and the routes; takes away others. */
export async function linkVpcs(names: Names, { vpcs, routes }: NetworkView): Promise<void> {
  const ids = new Set(vpcs.map(({ id }) => id));
  const present = routes.filter(({ vpcId, toVpcId }) => ids.has(vpcId) && ids.has(toVpcId));
  const pairs = new Map(
    present.map(({ vpcId, toVpcId }) => {
      const pair = vpcId < toVpcId ? ([vpcId, toVpcId] as const) : ([toVpcId, vpcId] as const);
      return [pair.join(' '), pair];
    }),
  );
  const there = new Map<string, Set<string>>();
  for (const id of ids) there.set(id, await completeJoins(names, id, [...pairs.values()]));
  for (const [one, other] of pairs.values()) {
    if (!there.get(one)!.has(joinName(other)) || !there.get(other)!.has(joinName(one))) await join(names, one, other);
  }
  for (const id of new Set([...pairs.values()].flat())) {
    await setRoutes(
      names.namespace(id),
      present.filter(({ vpcId }) => vpcId === id),
    );
  }
}

/** Those of a VPC's links that are up; others, and those that nobody wants, are taken away. */
async function completeJoins(
  names: Names,
  vpcId: string,
  pairs: readonly (readonly [string, string])[],
): Promise<Set<string>> {
  const namespace = names.namespace(vpcId);
  const wanted = new Set(
    pairs.flatMap(([one, other]) => (one === vpcId ? joinName(other) : other === vpcId ? joinName(one) : [])),
  );
  const links = (await interfacesOf(namespace)).filter(({ ifname }) => ifname.startsWith(JOINS));
  const whole = links.filter(({ ifname, flags }) => wanted.has(ifname) && flags.includes('LOWER_UP'));
  const left = links.filter((link) => !whole.includes(link));
  await ip(
    namespace,
    left.map(({ ifname }) => `link delete dev ${ifname}`),
  );
  return new Set(whole.map(({ ifname }) => ifname));
}

async function join(names: Names, one: string, other: string): Promise<void> {
  const [here, there] = [names.namespace(one), names.namespace(other)];
  const [toOther, toOne] = [joinName(other), joinName(one)];
  const mac = macOf(`${one} ${other}`);
  await ip(here, [
    `link add dev ${toOther} address ${mac} arp off type veth peer name ${toOne} address ${mac} netns ${there}`,
    `link set dev ${toOther} up`,
  ]);
  await ip(there, [`link set dev ${toOne} arp off up`]);
}

/** Those of a VPC to others: what is wrong goes first, so that no two are in each other's way. */
async function setRoutes(namespace: string, routes: readonly VpcRoute[]): Promise<void> {
  const wanted = new Map(routes.map(({ cidrBlock, toVpcId }) => [blockOf(cidrBlock), joinName(toVpcId)]));
  const all = await shown<{ dst: string; dev: string }>(namespace, ['-4', 'route', 'show']);
  const there = all.filter(({ dev }) => dev.startsWith(JOINS));
  const right = new Set(there.filter(({ dst, dev }) => wanted.get(dst) === dev).map(({ dst }) => dst));
  await ip(namespace, [
    ...there.filter(({ dst }) => !right.has(dst)).map(({ dst, dev }) => `route delete ${dst} dev ${dev}`),
    ...[...wanted].filter(([dst]) => !right.has(dst)).map(([dst, dev]) => `route add ${dst} dev ${dev}`),
  ]);
}

/** As ip(8) shows it: a single address without its length. */
function blockOf(text: string): string {
  const cidr = parseCidr(text);
  assert(cidr, `${text} is a block`);
  return formatCidr(cidr).replace(/\/32$/, '');
}
