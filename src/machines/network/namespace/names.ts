import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { assert } from '../../../base/assert.ts';

/**
 * Names of what a service makes in the kernel. They follow from its data folder and from ids, so that the next service of that folder finds
 * all of it again, and one of another folder none. Those of interfaces have at most 15 characters.
 */
export interface Names {
  /** Of the namespaces, before the VPC's id. */
  readonly prefix: string;
  namespace(vpcId: string): string;
  /** Of a guest's card; it is made outside of the namespaces. */
  card(instanceId: string): string;
  /** This machine's end of its link with a VPC. */
  link(vpcId: string): string;
  /** What all links' names begin with. */
  readonly links: string;
  /** The table of this machine's own rules. */
  readonly table: string;
}

/** The namespace's end of its link with this machine. */
export const WAN = 'wan';
/** What bridges' names begin with, in a namespace. */
export const SWITCHES = 'sw';
/** What the names of links with other VPCs begin with, in a namespace. */
export const JOINS = 'jn';

export const switchName = (vSwitchId: string): string => `${SWITCHES}${hash(vSwitchId, 12)}`;
export const joinName = (otherVpcId: string): string => `${JOINS}${hash(otherVpcId, 12)}`;

export function namesOf(dataFolder: string): Names {
  const tag = hash(resolve(dataFolder), 5);
  const prefix = `tongjing-${tag}-`;
  return {
    prefix,
    namespace(vpcId) {
      assert(/^[a-z0-9-]{1,64}$/.test(vpcId), `${vpcId} is an id`);
      return `${prefix}${vpcId}`;
    },
    card: (instanceId) => `tj${tag}c${hash(instanceId, 7)}`,
    link: (vpcId) => `tj${tag}v${hash(vpcId, 7)}`,
    links: `tj${tag}v`,
    table: `tongjing_${tag}`,
  };
}

/** Unicast, and locally administered. */
export const macOf = (name: string): string => `02:${hash(name, 10).match(/../g)!.join(':')}`;

const hash = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);
