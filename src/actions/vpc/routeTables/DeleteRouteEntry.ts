import { deleteRouteEntry, findRouteEntry } from '../../../records/tables/routeEntries.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { destination, entriesOf, entryTo, needVpcOf } from './routeEntries.ts';

interface Request {
  regionId?: string;
  routeEntryId?: string;
  routeTableId?: string;
  destinationCidrBlock?: string;
  nextHopId?: string;
}

/** By its id, or by its table and destination. */
export const DeleteRouteEntry = action(
  'Vpc',
  'DeleteRouteEntry',
  { access: 'write', appliesNetwork: true },
  async (request, call) => {
    if (request.nextHopId !== undefined && (request.nextHopList ?? []).length > 0)
      throw call.error('ParamExclusive.NextHopIdAndList');
    if ((request.nextHopList ?? []).length > 0) refuseUnbuilt(call, { NextHopList: request.nextHopList });
    const id = request.routeEntryId === undefined ? await idOf(call, request) : await ownId(call, request);
    await deleteRouteEntry(call.db, id);
    return {};
  },
);

async function ownId(call: Call, request: Request): Promise<string> {
  if (request.destinationCidrBlock !== undefined)
    throw call.error('ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock', {
      values: ['RouteEntryId and DestinationCidrBlock cannot both be not null.'],
    });
  const entry = await findRouteEntry(call.db, call.accountId, request.routeEntryId!);
  if (!entry) throw call.error('InvalidRouteEntryId.NotFound');
  return entry.id;
}

async function idOf(call: Call, request: Request): Promise<string> {
  const { routeTableId, destinationCidrBlock, nextHopId } = request;
  if (routeTableId === undefined || destinationCidrBlock === undefined)
    throw call.error('MissingParameter', { hint: 'RouteEntryId, or RouteTableId and DestinationCidrBlock.' });
  const vpc = await needVpcOf(call, { ...request, routeTableId });
  const entry = entryTo(await entriesOf(call, vpc), destination(call, destinationCidrBlock));
  if (!entry || (nextHopId !== undefined && entry.nextHopId !== nextHopId))
    throw call.error('InvalidRouteEntry.NotFound');
  if (entry.type === 'System') throw call.error('OperationDenied');
  return entry.id;
}
