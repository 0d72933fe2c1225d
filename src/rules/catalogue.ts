import { readFileSync } from 'node:fs';
import type { Region } from './regions.ts';

/** What all public images of one system have in common. */
interface CatalogueSystem {
  title: string;
  platform: string;
  osType: 'linux' | 'windows';
  /** What it runs under; where it does not, `misfit` refuses. */
  hypervisors: readonly ('KVM' | 'bare metal' | 'Xen')[];
  networks: readonly ('vpc' | 'classic')[];
  /** Comes with a graphical desktop. */
  desktop: boolean;
  /** Made for containers. */
  container?: true;
  licence: string;
  /** Where the sources of its components are. */
  sources: string;
  /** Where alone its vendor supports it. */
  supportedOn?: string;
  kernel?: string;
  userland?: string;
  compatibility?: readonly string[];
  advantages?: readonly string[];
  security?: readonly string[];
  permissions?: string;
  /** Licence of an instance: CNY in the mainland, USD elsewhere. No list of the vendor's can be read by machines: what is not 0 is our own figure. */
  pricePerHour: Readonly<Record<Region['site'], number>>;
}

/** A public image, in every region under the same id. */
export interface CatalogueImage extends CatalogueSystem {
  /** The vendor's form, and a published id where one is known: pipelines name them. */
  imageId: string;
  family: string;
  osName: string;
  osNameEn: string;
  architecture: 'i386' | 'x86_64' | 'arm64';
  sizeGib: number;
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  nvme: boolean;
  /** Hardened metadata access. */
  imds: boolean;
  cloudInit: boolean;
  ioOptimized: boolean;
  /** `Deprecated`: an older id, which still launches, but is listed only when asked for. */
  status: 'Available' | 'Deprecated';
  createdAt: number;
}

interface Written extends Partial<CatalogueImage> {
  imageId: string;
  system: string;
}

const file = readFileSync(new URL('./catalogue.json', import.meta.url), 'utf8');

/** The public images. Sources: ids in published Packer and Terraform examples, the vendor's "Public images" pages and the image FAQ. */
export const catalogue: readonly CatalogueImage[] = readCatalogue(file);

/** Changes whenever anything in the catalogue does. */
export const catalogueText: string = file;

const byId = new Map(catalogue.map((image) => [image.imageId, image]));

export const findCatalogueImage = (imageId: string): CatalogueImage | undefined => byId.get(imageId);

/** Accounts for what is in the catalogue: nobody's, so that no caller ever sees its snapshots. */
export const CATALOGUE_ACCOUNT = 'catalogue';

/** The region of what is in every region. */
export const EVERY_REGION = '*';

function readCatalogue(text: string): CatalogueImage[] {
  const { systems, images } = JSON.parse(text) as { systems: Record<string, CatalogueSystem>; images: Written[] };
  return images.map(({ system, ...image }) => {
    const defaults = { bootMode: 'BIOS', nvme: false, imds: false, cloudInit: true, ioOptimized: true } as const;
    const from = { status: 'Available', ...defaults, ...systems[system]!, createdAt: builtAt(image.imageId) } as const;
    return { ...from, ...image } as CatalogueImage;
  });
}

/** The date that the id ends with. */
function builtAt(imageId: string): number {
  const [, year, month, day] = /_(\d{4})(\d{2})0?(\d{2})(?:\.vhd)?$/.exec(imageId)!;
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
}
