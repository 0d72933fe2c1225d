import { imageFormatOf } from './imageFormat.ts';
import type { Io } from './io.ts';
import { waitForTask } from './jobs.ts';
import type { Service } from './service.ts';

/** What is said of an image that is made of a file. */
export interface NewImage {
  name?: string;
  /** Default: the service's own. */
  region?: string;
  /** Default: what the file says. */
  format?: string;
  public?: boolean;
  description?: string;
  osType?: string;
  platform?: string;
  architecture?: string;
  bootMode?: string;
}

/** Makes an image of a disk file on this machine, and waits until it is Available. Answers its id. */
export async function importFile(service: Service, path: string, options: NewImage, io: Io): Promise<string> {
  const { name, description, osType, platform, architecture, bootMode } = options;
  const regionId = options.region ?? service.regionId;
  const format = options.format ?? imageFormatOf(path);
  const asked = {
    path,
    format,
    name,
    regionId,
    isPublic: options.public ?? false,
    description,
    osType,
    platform,
    architecture,
    bootMode,
  };
  const { imageId, jobId } = await service.operator<{ imageId: string; jobId: string }>('POST', 'images/import', asked);
  await waitForTask(service, { jobId, regionId }, io, `Importing ${imageId}`);
  return imageId;
}
