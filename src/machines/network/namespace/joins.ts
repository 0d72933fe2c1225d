import type { NetworkView } from '../view.ts';
import { JOINS, joinName, macOf, type Names } from './names.ts';
import { interfacesOf, ip } from './programs.ts';

interface End {
  vpcId: string;
  cidrBlock: string;
}

/** Makes a link between the namespaces of each two VPCs that are joined, of those that are there, and takes away others. */
export async function linkVpcs(names: Names, { vpcs, joins }: NetworkView): Promise<void> {
  const ends = new Map(vpcs.map(({ id, cidrBlock }) => [id, { vpcId: id, cidrBlock }]));
  const pairs = joins.flatMap(([a, b]) => {
    const [one, other] = [ends.get(a), ends.get(b)];
    return one && other ? [[one, other] as const] : [];
  });
  const there = new Map<string, Set<string>>();
  for (const { vpcId } of ends.values()) there.set(vpcId, await completeJoins(names, vpcId, pairs));
  for (const [one, other] of pairs) {
    const isThere =
      there.get(one.vpcId)!.has(joinName(other.vpcId)) && there.get(other.vpcId)!.has(joinName(one.vpcId));
    if (!isThere) await join(names, one, other);
  }
}

/** Those of a VPC's links that are up; others, and those that nobody wants, are taken away. */
async function completeJoins(
  names: Names,
  vpcId: string,
  pairs: readonly (readonly [End, End])[],
): Promise<Set<string>> {
  const namespace = names.namespace(vpcId);
  const wanted = new Set(
    pairs.flatMap(([one, other]) =>
      one.vpcId === vpcId ? joinName(other.vpcId) : other.vpcId === vpcId ? joinName(one.vpcId) : [],
    ),
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

async function join(names: Names, one: End, other: End): Promise<void> {
  const [here, there] = [names.namespace(one.vpcId), names.namespace(other.vpcId)];
  const [toOther, toOne] = [joinName(other.vpcId), joinName(one.vpcId)];
  const mac = macOf(`${one.vpcId} ${other.vpcId}`);
  await ip(here, [
    `link add dev ${toOther} address ${mac} arp off type veth peer name ${toOne} address ${mac} netns ${there}`,
    `link set dev ${toOther} up`,
    `route add ${other.cidrBlock} dev ${toOther}`,
  ]);
  await ip(there, [`link set dev ${toOne} arp off up`, `route add ${one.cidrBlock} dev ${toOne}`]);
}
