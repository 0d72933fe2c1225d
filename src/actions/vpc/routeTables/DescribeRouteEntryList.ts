import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { entriesOf, needVpcOf, type Entry } from './routeEntries.ts';

const RESULTS = { smallest: 1, default: 10, largest: 100 };

/** What a CEN instance adds to a VPC's routes is not listed. */
export const DescribeRouteEntryList = action(
  'Vpc',
  'DescribeRouteEntryList',
  { access: 'read', required: ['regionId', 'routeTableId'] },
  async (request, call) => {
    const vpc = await needVpcOf(call, request);
    const { nextToken, maxResult: maxResults = RESULTS.default } = request;
    const window = listWindow(
      call,
      { maxResults, ...(nextToken !== undefined && { nextToken }) },
      { maxResults: RESULTS.largest, smallest: RESULTS.smallest },
    );
    const matching = (await entriesOf(call, vpc)).filter((entry) => isWanted(entry, request));
    const { after, size } = window;
    const next = after
      ? matching.filter(
          ({ createdAt, id }) => createdAt < after.createdAt || (createdAt === after.createdAt && id > after.id),
        )
      : matching;
    const { rows, counts } = listAnswer(window, { rows: next.slice(0, size), total: matching.length });
    return {
      routeEntrys: {
        routeEntry: rows.map((entry) => ({
          routeEntryId: entry.id,
          routeTableId: vpc.routeTableId,
          destinationCidrBlock: entry.cidrBlock,
          ipVersion: 'ipv4',
          type: entry.type,
          status: 'Available',
          routeEntryName: entry.name,
          description: entry.description,
          gmtModified: secondsTime(entry.createdAt),
          nextHops: {
            nextHop: [{ enabled: 1, weight: 0, nextHopId: entry.nextHopId ?? '', nextHopType: nextHopType(entry) }],
          },
        })),
      },
      nextToken: counts.nextToken,
      totalCount: counts.totalCount,
    };
  },
);

interface Filter {
  routeEntryId?: string;
  routeEntryName?: string;
  routeEntryType?: string;
  destinationCidrBlock?: string;
  destCidrBlockList?: string[];
  nextHopId?: string;
  nextHopType?: string;
  ipVersion?: string;
  serviceType?: string;
}

function isWanted(entry: Entry, filter: Filter): boolean {
  const { destCidrBlockList = [] } = filter;
  const pairs = [
    [filter.routeEntryId, entry.id],
    [filter.routeEntryName, entry.name],
    [filter.routeEntryType, entry.type],
    [filter.destinationCidrBlock, entry.cidrBlock],
    [filter.nextHopId, entry.nextHopId],
    [filter.nextHopType, nextHopType(entry)],
    [filter.ipVersion, 'ipv4'],
    [filter.serviceType, null],
  ] as const;
  return (
    pairs.every(([wanted, is]) => wanted === undefined || wanted === is) &&
    (destCidrBlockList.length === 0 || destCidrBlockList.includes(entry.cidrBlock))
  );
}

const nextHopType = ({ nextHopId }: Entry): string => (nextHopId === null ? 'local' : 'VpcPeer');
