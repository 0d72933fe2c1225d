import { model, type DataOf } from '../../../contract/model.ts';
import { ancestorsOf, descendantsOf, findKnownImage, MOST } from '../../../records/imageLineage.ts';
import type { ImageRow } from '../../../records/tables/images.ts';
import { secondsTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import { viewOf } from '../../view.ts';

const Item = model({
  imageId: 'string',
  imageName: 'string',
  regionId: 'string',
  status: 'string',
  creationTime: 'string',
  // What it was made from, and by which way: `copy`, `instance` or `snapshot`. Absent where that is not the caller's to know.
  parentImageId: 'string',
  madeBy: 'string',
});

/** Ancestors from the nearest on, descendants the nearest first; deleted ones of the caller's are `Deleted`. */
export const DescribeImageLineage = ownAction(
  'Tongjing',
  'DescribeImageLineage',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({ image: Item, ancestors: [Item], descendants: [Item], truncated: 'boolean' }),
    access: 'read',
    required: ['imageId'],
  },
  async ({ imageId, ...request }, call) => {
    const { regionId } = call.region(request.regionId);
    const view = await viewOf(call, regionId);
    const image = await findKnownImage(call.db, view, imageId);
    if (!image) throw call.error('InvalidImageId.NotFound', { values: [imageId] });
    const ancestors = await ancestorsOf(call.db, view, image);
    const descendants = await descendantsOf(call.db, view, image);
    const known = new Set([image, ...ancestors, ...descendants].map(({ id }) => id));
    const item = (row: ImageRow) => lineageItem(row, row.accountId === call.accountId ? known : new Set());
    return {
      image: item(image),
      ancestors: ancestors.map(item),
      descendants: descendants.slice(0, MOST.descendants).map(item),
      truncated: ancestors.length === MOST.ancestors || descendants.length > MOST.descendants,
    };
  },
);

function lineageItem(row: ImageRow, known: ReadonlySet<string>): DataOf<typeof Item> {
  const { id, name, regionId, status, createdAt, deletedAt, sourceImageId, sourceInstanceId, isCopied } = row;
  const madeBy = isCopied ? 'copy' : sourceInstanceId === null ? 'snapshot' : 'instance';
  return {
    imageId: id,
    imageName: name,
    regionId,
    status: deletedAt === null ? status : 'Deleted',
    creationTime: secondsTime(createdAt),
    ...(sourceImageId !== null && known.has(sourceImageId) && { parentImageId: sourceImageId, madeBy }),
  };
}
