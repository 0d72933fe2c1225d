import { model } from '../../../contract/model.ts';
import { listVpcPeers } from '../../../records/tables/vpcPeers.ts';
import { commaIds } from '../../../rules/idLists.ts';
import { ownAction } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { illegal, Peer, shownPeers } from '../peer.ts';

const RESULTS = { smallest: 1, default: 20, largest: 100 };

/** Those that have an end of the caller's in the region. `VpcId`: one or two, comma-separated; a connection's ends are among them. */
export const ListVpcPeerConnections = ownAction(
  'VpcPeer',
  'ListVpcPeerConnections',
  {
    request: model({
      regionId: 'string',
      instanceId: 'string',
      vpcId: 'string',
      name: 'string',
      resourceGroupId: 'string',
      tags: [model({ key: 'string', value: 'string' })],
      maxResults: 'number',
      nextToken: 'string',
    }),
    response: model({ vpcPeerConnects: [Peer], totalCount: 'number', maxResults: 'number', nextToken: 'string' }),
    access: 'read',
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const vpcIds = request.vpcId === undefined ? [] : commaIds(request.vpcId);
    if (!vpcIds || vpcIds.length > 2) throw illegal(call, 'VpcId');
    const { nextToken, maxResults = RESULTS.default } = request;
    const window = listWindow(
      call,
      { maxResults, ...(nextToken !== undefined && { nextToken }) },
      { maxResults: RESULTS.largest, smallest: RESULTS.smallest },
    );
    const { instanceId: id, name, resourceGroupId } = request;
    const filter = { accountId: call.accountId, regionId, id, name, vpcIds, resourceGroupId };
    // They have no tags.
    const found =
      (request.tags ?? []).length > 0 ? { rows: [], total: 0 } : await listVpcPeers(call.db, filter, window);
    const { rows, counts } = listAnswer(window, found);
    return { vpcPeerConnects: await shownPeers(call, rows), maxResults: window.size - 1, ...counts };
  },
);
