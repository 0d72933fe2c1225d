import { findVpcOfRouteTable, vSwitchesOf, type VpcRow } from '../../../records/tables/networks.ts';
import { routeEntriesOf } from '../../../records/tables/routeEntries.ts';
import { formatCidr, parseNetwork, type Cidr } from '../../../rules/cidr.ts';
import type { Call } from '../../call.ts';

/** One route of a VPC, as it is listed. */
export interface Entry {
  id: string;
  type: 'Custom' | 'System';
  cidrBlock: string;
  /** Null: the VPC itself. */
  nextHopId: string | null;
  name: string;
  description: string;
  createdAt: number;
}

/** What the cloud keeps for its own services; each VPC has a route to it. */
const SERVICES = '100.64.0.0/10';

/** The VPC whose route table it is, if that is the caller's, in the region that was named, if any was. */
export async function needVpcOf(call: Call, request: { regionId?: string; routeTableId: string }): Promise<VpcRow> {
  const vpc = await findVpcOfRouteTable(call.db, call.accountId, request.routeTableId);
  if (!vpc || (request.regionId !== undefined && call.region(request.regionId).regionId !== vpc.regionId))
    throw call.error('InvalidRouteTableId.NotFound');
  return vpc;
}

/** A destination; without a length it is one address. */
export function destination(call: Call, text: string): Cidr {
  const cidr = parseNetwork(text.includes('/') ? text : `${text}/32`);
  if (!cidr) throw call.error('InvalidCidrBlock.Malformed');
  return cidr;
}

/** All routes of a VPC, newest first: its own, and to each of its vSwitches and to the services, which are there by themselves. */
export async function entriesOf(call: Call, vpc: VpcRow): Promise<Entry[]> {
  const custom = await routeEntriesOf(call.db, vpc.id);
  const vSwitches = await vSwitchesOf(call.db, [vpc.id]);
  const local = [...vSwitches, { id: vpc.id, cidrBlock: SERVICES, createdAt: vpc.createdAt }];
  const all = [
    ...custom.map((row) => ({ ...row, type: 'Custom' as const })),
    ...local.map(({ id, cidrBlock, createdAt }) => ({
      id: id.replace(/^[a-z]+/, 'rte'),
      type: 'System' as const,
      cidrBlock,
      nextHopId: null,
      name: '',
      description: '',
      createdAt,
    })),
  ];
  return all.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
}

/** The route of a VPC to just this block. */
export const entryTo = (entries: readonly Entry[], block: Cidr): Entry | undefined =>
  entries.find(({ cidrBlock }) => cidrBlock === formatCidr(block));
