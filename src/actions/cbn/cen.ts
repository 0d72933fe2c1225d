import { attachedTo, findAttachment, findCen, type CenRow } from '../../records/tables/cens.ts';
import { findVpc, type VpcRow } from '../../records/tables/networks.ts';
import { overlaps, parseCidr, type Cidr } from '../../rules/cidr.ts';
import { isDescription } from '../../rules/names.ts';
import { isNetworkName } from '../../rules/networks.ts';
import { secondsTime } from '../../rules/times.ts';
import type { Call } from '../call.ts';

/** The caller's CEN instance. */
export async function needCen(call: Call, cenId: string): Promise<CenRow> {
  const cen = await findCen(call.db, call.accountId, cenId);
  if (!cen) throw call.error('ParameterCenInstanceId', { hint: 'There is no CEN instance of this id.' });
  return cen;
}

/** What may be attached. */
export interface ChildRequest {
  childInstanceId: string;
  childInstanceType: string;
  childInstanceRegionId: string;
  childInstanceOwnerId?: number;
}

/** Checks how a child instance is named; answers whose it is said to be. */
export function ownerOf(call: Call, request: ChildRequest): string {
  if (request.childInstanceType !== 'VPC') {
    throw call.error('ParameterIllegal.ChildInstanceType', { hint: 'Only VPC is built here.' });
  }
  return request.childInstanceOwnerId === undefined ? call.accountId : String(request.childInstanceOwnerId);
}

/** The VPC of that owner, in the region that was named; null when there is none. */
export async function childVpc(call: Call, request: ChildRequest, accountId: string): Promise<VpcRow | null> {
  const vpc = await findVpc(call.db, accountId, request.childInstanceId);
  return vpc?.regionId === request.childInstanceRegionId ? vpc : null;
}

export const noSuchChild = (call: Call) =>
  call.error('ParameterInstanceId', { hint: 'There is no such instance, or it is not attached.' });

/** No address may be in two VPCs that reach each other. */
export async function overlapWith(call: Call, cenId: string, vpcId: string, block: Cidr): Promise<VpcRow | undefined> {
  const others = (await attachedTo(call.db, cenId)).filter(({ id }) => id !== vpcId);
  return others.find(({ cidrBlock }) => overlaps(parseCidr(cidrBlock)!, block));
}

/** The id of the CEN instance that a VPC is attached to; null: to none. */
export const cenOf = async (call: Call, vpcId: string): Promise<string | null> =>
  (await findAttachment(call.db, vpcId))?.cenId ?? null;

export function checkCenNames(call: Call, request: { name?: string; description?: string }): void {
  if (request.name !== undefined && !isNetworkName(request.name)) throw invalid(call, 'Name');
  if (!isDescription(request.description ?? '')) throw invalid(call, 'Description');
}

/** REDUCED is the level that the cloud still gives; FULL, the older, can't be had. */
export function checkProtectionLevel(call: Call, level: string | undefined): void {
  if (level !== undefined && level !== 'REDUCED') throw invalid(call, 'ProtectionLevel', 'It can be REDUCED.');
}

export const invalid = (call: Call, name: string, hint?: string) =>
  call.error('InvalidParameter', { hint: hint === undefined ? `${name} is not as it may be.` : `${name}: ${hint}` });

/** An attached VPC as the Describe actions show it. */
export const shownChild = (vpc: VpcRow & { cenId: string; attachedAt: number }) => ({
  cenId: vpc.cenId,
  childInstanceId: vpc.id,
  childInstanceType: 'VPC',
  childInstanceRegionId: vpc.regionId,
  childInstanceOwnerId: Number(vpc.accountId),
  childInstanceAttachTime: secondsTime(vpc.attachedAt),
  status: 'Attached',
});
