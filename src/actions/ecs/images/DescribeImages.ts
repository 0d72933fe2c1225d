import type { RequestOf, ResponseOf } from '../../../contract/sdk.ts';
import { remembered } from '../../../records/database.ts';
import { shareMoment } from '../../../records/tables/imageShares.ts';
import { listImages, visibleTraits, type ImageFilter } from '../../../records/tables/images.ts';
import { grantedImages } from '../../../records/tables/tickets.ts';
import { commaIds } from '../../../rules/idLists.ts';
import { fitsClassic, misfit } from '../../../rules/imageFit.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { likePattern } from '../../../rules/names.ts';
import { allows, IMAGE_STATUSES, imageCan, type ImageStatus } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { creationFilter } from '../../listWindow.ts';
import { oneOf } from '../../oneOf.ts';
import { pageFor } from '../../page.ts';
import { tagFilter } from '../../tags.ts';
import { viewOf } from '../../view.ts';
import { imageItems } from './imageItem.ts';

type Request = RequestOf<'Ecs', 'DescribeImages'>;

/** What pipelines ask again and again while they wait. */
export const DescribeImages = action('Ecs', 'DescribeImages', { access: 'read' }, async (request, call) => {
  const moment = await shareMoment(call.db, call.clock.now());
  const question = JSON.stringify(['DescribeImages', call.accountId, moment, request]);
  return remembered(call.db, question, () => describe(request, call));
});

async function describe(request: Request, call: Call): Promise<ResponseOf<'Ecs', 'DescribeImages'>> {
  const { regionId } = call.region(request.regionId);
  const filter = await readFilter(request, call, regionId);
  const page = pageFor(call, request);
  // Community images are not offered: there are none to find.
  const { rows, total } = request.isPublic ? { rows: [], total: 0 } : await listImages(call.db, filter, page);
  return {
    regionId,
    totalCount: total,
    pageNumber: page.number,
    pageSize: page.size,
    images: { image: await imageItems(call, regionId, rows) },
  };
}

async function readFilter(request: Request, call: Call, regionId: string): Promise<ImageFilter> {
  const alias = oneOf(
    call,
    request.imageOwnerAlias,
    ['system', 'self', 'others', 'marketplace'],
    'InvalidImageOwnerAlias.ValueNotSupported',
  );
  if (request.isPublic && alias !== 'others') throw call.error('InvalidImageOwnerAlias.PublicImageUnsupported');
  if (request.imageOwnerId !== undefined && alias !== 'others') {
    throw call.error('InvalidOperation.ImageOwnerIdUnsupported');
  }
  const actionType = oneOf(call, request.actionType, ['CreateEcs', 'ChangeOS'], 'InvalidParamter');
  const filters = request.filter ?? [];
  for (const { value } of filters.filter(isNetworkType)) {
    oneOf(call, value ?? '', ['vpc', 'classic'], 'InvalidFilterValue.NetworkType');
  }
  for (const { value } of filters.filter(isOnline)) {
    oneOf(call, value ?? '', ['supported', 'unsupported'], 'InvalidFilterValue');
  }
  return {
    ...(await viewOf(call, regionId)),
    alias,
    ids: idsOf(call, request.imageId),
    ownerId: request.imageOwnerId === undefined ? undefined : String(request.imageOwnerId),
    name: request.imageName === undefined ? undefined : likePattern(request.imageName),
    family: request.imageFamily,
    statuses: statusesOf(call, request.status, request.usable),
    snapshotId: request.snapshotId,
    usage: oneOf(call, request.usage, ['instance', 'none'], 'InvalidUsage'),
    osType: oneOf(call, request.OSType, ['linux', 'windows'], 'InvalidOSType'),
    architecture: oneOf(call, request.architecture, ['i386', 'x86_64', 'arm64'], 'InvalidArchitecture'),
    ...(filters.some((each) => isOnline(each) && each.value === 'supported') && { ids: [] }),
    fitting: await fittingTraits(call, regionId, {
      instanceType: request.instanceType,
      isClassic: filters.some((each) => isNetworkType(each) && each.value === 'classic'),
    }),
    isSupportIoOptimized: flag(request.isSupportIoOptimized),
    isSupportCloudinit: flag(request.isSupportCloudinit),
    // A system disk is replaced by an image of a system disk alone.
    hasDataDisks: actionType === 'ChangeOS' ? false : undefined,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'image', regionId }, request.tag),
    ...creationFilter(
      call,
      filters.filter((each) => !isNetworkType(each) && !isOnline(each)),
    ),
  };
}

/** Hot-plugging, which no image supports here. */
const isOnline = ({ key = '' }: { key?: string }): boolean => /^(?:Cpu|Memory)Online(?:Upgrade|Downgrade)$/.test(key);

const isNetworkType = (filter: { key?: string }): boolean => filter.key === 'NetworkType';

const flag = (value: boolean | undefined) => (value === undefined ? undefined : value ? 1 : 0);

function idsOf(call: Call, imageId: string | undefined): string[] | undefined {
  if (imageId === undefined) return undefined;
  const ids = commaIds(imageId);
  if (!ids) throw call.error('InvalidParamter', { hint: 'ImageId names more than 100 images.' });
  return ids;
}

/** `Available` unless told otherwise; undefined: any. */
function statusesOf(call: Call, text = 'Available', usable?: boolean): ImageStatus[] | undefined {
  const isAll = text.toUpperCase() === 'ALL';
  if (isAll && usable === undefined) return undefined;
  const asked = isAll
    ? [...IMAGE_STATUSES]
    : text.split(',').map((status) => oneOf(call, status.trim(), IMAGE_STATUSES, 'InvalidParamter') as ImageStatus);
  return asked.filter((status) => usable === undefined || allows(imageCan.createInstance, status) === usable);
}

/** Of the systems that the caller sees, those that run on the instance type and in the network. */
async function fittingTraits(
  call: Call,
  regionId: string,
  { instanceType, isClassic }: { instanceType: string | undefined; isClassic: boolean },
): Promise<ImageFilter['fitting']> {
  if (instanceType === undefined && !isClassic) return undefined;
  const type = instanceType === undefined ? undefined : findInstanceType(instanceType);
  if (instanceType !== undefined && !type) {
    throw call.error('InvalidInstanceType.ValueNotSupported', { values: [instanceType] });
  }
  const seen = await visibleTraits(call.db, await viewOf(call, regionId));
  const fitting = (isExcepted: boolean) =>
    seen.filter(
      (traits) =>
        (!type || misfit(isExcepted ? { ...traits, isSupportIoOptimized: 1 } : traits, type) === null) &&
        (!isClassic || fitsClassic(traits)),
    );
  const excepted = await grantedImages(call.db, call.accountId, 'io-optimised-image');
  return [{ traits: fitting(false) }, { traits: fitting(true), ids: excepted }];
}
