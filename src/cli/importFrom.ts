import type { Io } from './io.ts';
import { waitForJob, waitForTask } from './jobs.ts';
import { printJson } from './print.ts';
import type { Service } from './service.ts';

/** What is said of an image that is made of a file. */
export interface NewImage {
  name?: string;
  /** Instead of a new image: the disk of this public one. */
  as?: string;
  /** Default: the service's own. */
  region?: string;
  public?: boolean;
  description?: string;
  osType?: string;
  platform?: string;
  architecture?: string;
  bootMode?: string;
}

/** A disk file on this machine, or one that the service fetches, as the service takes them. `forceRaw`: its bytes are the disk, whatever they look like. */
export type Source = { format: string; forceRaw?: boolean } & ({ path: string } | { pull: object });

/** Makes an image, or the disk of a public one, waits until it is Available, and prints its id. */
export async function importFrom(
  service: Service,
  source: Source,
  options: NewImage & { json?: boolean },
  io: Io,
): Promise<void> {
  if (options.as !== undefined) await importDisk(service, source, { ...options, imageId: options.as }, io);
  const imageId = options.as ?? (await importImage(service, source, options, io));
  if (options.json) printJson(io, { imageId });
  else io.out(`${imageId}\n`);
}

/** Throws what the service would say of the image, before its bytes are on their way. */
export async function checkImport(service: Service, options: NewImage): Promise<void> {
  const { as: imageId, region } = options;
  const asked = imageId === undefined ? newImage(service, options) : { imageId, regionId: region ?? service.regionId };
  await service.operator('POST', imageId === undefined ? 'images/import' : 'catalogue/disks', {
    ...asked,
    dryRun: true,
  });
}

/** It becomes the disk of a public image, or the built-in one. */
export async function importDisk(
  service: Service,
  source: Source,
  { imageId, region }: { imageId?: string; region?: string | undefined },
  io: Io,
): Promise<void> {
  const asked = { ...source, regionId: region ?? service.regionId, imageId };
  const { jobId } = await service.operator<{ jobId: string }>('POST', 'catalogue/disks', asked);
  await waitForJob(
    service,
    jobId,
    io,
    `Importing ${imageId === undefined ? 'the built-in disk' : `the disk of ${imageId}`}`,
  );
}

async function importImage(service: Service, source: Source, options: NewImage, io: Io): Promise<string> {
  const asked = { ...source, ...newImage(service, options) };
  const { imageId, jobId } = await service.operator<{ imageId: string; jobId: string }>('POST', 'images/import', asked);
  await waitForTask(service, { jobId, regionId: asked.regionId }, io, `Importing ${imageId}`);
  return imageId;
}

function newImage(service: Service, options: NewImage) {
  const { name, description, osType, platform, architecture, bootMode } = options;
  const regionId = options.region ?? service.regionId;
  return { name, regionId, isPublic: options.public ?? false, description, osType, platform, architecture, bootMode };
}
