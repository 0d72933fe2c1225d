import { model } from '../../../contract/model.ts';
import { DISK_TAG } from '../../../records/catalogue.ts';
import { findVisibleImage } from '../../../records/tables/images.ts';
import { SYSTEM } from '../../../records/tables/tags.ts';
import { EVERY_REGION, findCatalogueImage } from '../../../rules/catalogue.ts';
import { ownAction } from '../../action.ts';
import { tagsOf } from '../../tags.ts';
import { viewOf } from '../../view.ts';

const Price = model({ mainland: 'number', other: 'number' });

/** All that is recorded of a public image: what the cloud says on its pages, and whether there is a disk behind it here. */
export const DescribeCatalogueImage = ownAction(
  'Tongjing',
  'DescribeCatalogueImage',
  {
    request: model({ imageId: 'string' }),
    response: model({
      imageId: 'string',
      title: 'string',
      family: 'string',
      status: 'string',
      platform: 'string',
      osType: 'string',
      osName: 'string',
      osNameEn: 'string',
      architecture: 'string',
      kernel: 'string',
      userland: 'string',
      hypervisors: ['string'],
      networks: ['string'],
      desktop: 'boolean',
      container: 'boolean',
      licence: 'string',
      sources: 'string',
      supportedOn: 'string',
      compatibility: ['string'],
      advantages: ['string'],
      security: ['string'],
      permissions: 'string',
      // CNY in the mainland, USD elsewhere.
      pricePerHour: Price,
      disk: 'string',
    }),
    access: 'read',
    required: ['imageId'],
  },
  async ({ imageId }, call) => {
    const view = await viewOf(call, EVERY_REGION);
    const entry = (await findVisibleImage(call.db, view, imageId)) && findCatalogueImage(imageId);
    if (!entry) throw call.error('InvalidImageId.NotFound');
    const tags = (await tagsOf(call.db, 'image', [imageId], SYSTEM)).get(imageId)!;
    const { hypervisors, networks, compatibility = [], advantages = [], security = [] } = entry;
    return {
      imageId,
      title: entry.title,
      family: entry.family,
      status: entry.status,
      platform: entry.platform,
      osType: entry.osType,
      osName: entry.osName,
      osNameEn: entry.osNameEn,
      architecture: entry.architecture,
      kernel: entry.kernel ?? '',
      userland: entry.userland ?? '',
      hypervisors: [...hypervisors],
      networks: [...networks],
      desktop: entry.desktop,
      container: entry.container ?? false,
      licence: entry.licence,
      sources: entry.sources,
      supportedOn: entry.supportedOn ?? '',
      compatibility: [...compatibility],
      advantages: [...advantages],
      security: [...security],
      permissions: entry.permissions ?? '',
      pricePerHour: { ...entry.pricePerHour },
      disk: tags.find(({ tagKey }) => tagKey === DISK_TAG)!.tagValue,
    };
  },
);
