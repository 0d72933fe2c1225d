import { listKeyPairs } from '../../../records/tables/keyPairs.ts';
import { likePattern } from '../../../rules/names.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { tagFilter, tagsOf } from '../../tags.ts';

const MAX_PAGE = 50;

export const DescribeKeyPairs = action('Ecs', 'DescribeKeyPairs', { access: 'read' }, async (request, call) => {
  const { regionId } = call.region(request.regionId);
  const owner = { accountId: call.accountId, regionId };
  const page = pageFor(call, request, { maxSize: MAX_PAGE });
  const { rows, total } = await listKeyPairs(
    call.db,
    {
      ...owner,
      nameLike: request.keyPairName === undefined ? undefined : likePattern(request.keyPairName),
      fingerprint: request.keyPairFingerPrint,
      resourceGroupId: request.resourceGroupId,
      tagged: tagFilter(call, { resourceType: 'keypair', regionId }, request.tag),
    },
    page,
  );
  const names = rows.map(({ name }) => name);
  const tags = await tagsOf(call.db, 'keypair', names, owner);
  return {
    keyPairs: {
      keyPair: rows.map((row) => ({
        keyPairName: row.name,
        keyPairFingerPrint: row.fingerprint,
        ...(request.includePublicKey && { publicKey: row.publicKey }),
        resourceGroupId: row.resourceGroupId,
        creationTime: secondsTime(row.createdAt),
        tags: { tag: tags.get(row.name) ?? [] },
      })),
    },
    pageNumber: page.number,
    pageSize: page.size,
    totalCount: total,
  };
});
