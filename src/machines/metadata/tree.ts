import { formatAddress, parseCidr } from '../../rules/cidr.ts';
import type { GuestFacts } from './facts.ts';

/** Folders and leaves; a folder is listed with `/` after the names of folders. */
export type Tree = { readonly [name: string]: string | Tree };

/** As the cloud's; here they refuse. */
const NAME_SERVERS = '100.100.2.136\n100.100.2.138';
const GATEWAY_FROM_END = 2;

/** `meta-data/`. Only what there is: a listed leaf that is missing makes cloud-init give up. */
export function metaData(facts: GuestFacts): Tree {
  return {
    'dns-conf': { nameservers: NAME_SERVERS },
    ...(facts.publicIp !== null && { eipv4: facts.publicIp }),
    hostname: facts.hostName,
    'image-id': facts.imageId,
    instance: { 'instance-type': facts.instanceType },
    'instance-id': facts.instanceId,
    mac: facts.macAddress,
    network: { interfaces: { macs: { [facts.macAddress]: networkInterface(facts) } } },
    'network-type': 'vpc',
    'owner-account-id': facts.accountId,
    'private-ipv4': facts.privateIp,
    ...(facts.publicIp !== null && { 'public-ipv4': facts.publicIp }),
    ...(facts.publicKey !== null && { 'public-keys': { 0: { 'openssh-key': `${facts.publicKey}\n` } } }),
    'region-id': facts.regionId,
    'serial-number': facts.serialNumber,
    'vpc-cidr-block': facts.vpcCidrBlock,
    'vpc-id': facts.vpcId,
    'vswitch-cidr-block': facts.vSwitchCidrBlock,
    'vswitch-id': facts.vSwitchId,
    'zone-id': facts.zoneId,
  };
}

function networkInterface(facts: GuestFacts): Tree {
  const cidr = parseCidr(facts.vSwitchCidrBlock);
  return {
    ...(cidr && {
      gateway: formatAddress(cidr.last - GATEWAY_FROM_END),
      netmask: formatAddress((0xffff_ffff << (32 - cidr.prefix)) >>> 0),
    }),
    'network-interface-id': facts.networkInterfaceId,
    'primary-ip-address': facts.privateIp,
    'private-ipv4s': JSON.stringify([facts.privateIp]),
    'vpc-cidr-block': facts.vpcCidrBlock,
    'vpc-id': facts.vpcId,
    'vswitch-cidr-block': facts.vSwitchCidrBlock,
    'vswitch-id': facts.vSwitchId,
  };
}

/** What stands at a path of the tree: a leaf's text, a folder's list; null: nothing. */
export function lookUp(tree: Tree, path: readonly string[]): string | null {
  let here: string | Tree | undefined = tree;
  for (const name of path) here = typeof here === 'object' && Object.hasOwn(here, name) ? here[name] : undefined;
  if (here === undefined) return null;
  if (typeof here === 'string') return here;
  return Object.entries(here)
    .map(([name, value]) => (typeof value === 'string' ? name : `${name}/`))
    .join('\n');
}

/** `dynamic/instance-identity/document`. */
export function identityDocument(facts: GuestFacts): string {
  return JSON.stringify({
    'owner-account-id': facts.accountId,
    'instance-id': facts.instanceId,
    'serial-number': facts.serialNumber,
    mac: facts.macAddress,
    'region-id': facts.regionId,
    'zone-id': facts.zoneId,
    'instance-type': facts.instanceType,
    'image-id': facts.imageId,
    'private-ipv4': facts.privateIp,
  });
}
