import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { waitForTask } from '../jobs.ts';
import { pushDisk, type Disk } from '../oci/push.ts';
import { withDiskOf, type RegistryOptions } from '../oci/workplace.ts';
import { printJson, size } from '../print.ts';
import { progressLine } from '../progress.ts';
import { openService, type DataOption, type Service } from '../service.ts';

interface Options extends DataOption, RegistryOptions {
  json?: boolean;
}

/** What the service says of an image whose disk is whole. */
interface ImageItem extends Disk {
  regionId: string;
  /** Where they are attached. */
  dataDisks: string[];
  isEncrypted: boolean;
}

export function addPush(image: Command, io: Io): void {
  image
    .command('push')
    .description('store an image in an OCI registry; only what the registry lacks is sent')
    .argument('<place>', 'oci://host:port/repository:tag')
    .argument('<id>', 'm-…')
    .option('--plain-http', 'speak HTTP also with another machine')
    .action(async (place: string, imageId: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      const pushed = await withDiskOf({ service, source: place, options, io }, async (at) => {
        const item = await imageOf(service, imageId);
        const line = progressLine(io, 'Pushing');
        const read = async () => {
          await readDisk(service, { imageId, regionId: item.regionId, path: at.path }, io);
          return at.path;
        };
        try {
          return await pushDisk(at.repository, at.version, { ...item, read }, (percent) => line.show(percent));
        } finally {
          line.end();
        }
      });
      if (options.json) return printJson(io, pushed);
      const { digest, layers, sentLayers, sentBytes } = pushed;
      io.out(`${digest}\n`);
      io.err(`${sentLayers} of ${layers} layers were new to the registry: ${size(sentBytes)} sent.\n`);
    });
}

/** The image's disk as a raw file at `path`. */
async function readDisk(
  service: Service,
  { imageId, regionId, path }: { imageId: string; regionId: string; path: string },
  io: Io,
): Promise<void> {
  const asked = { imageId, path, format: 'raw' };
  const { jobId, warning } = await service.operator<{ jobId: string; warning?: string }>(
    'POST',
    'images/export',
    asked,
  );
  if (warning !== undefined) io.err(`${warning}\n`);
  await waitForTask(service, { jobId, regionId }, io, 'Reading');
}

/** The image, which must be a system disk alone, and no secret. */
async function imageOf(service: Service, imageId: string): Promise<ImageItem> {
  const item = await service.operator<ImageItem>('GET', `images/${encodeURIComponent(imageId)}`);
  if (item.dataDisks.length > 0) {
    throw new CliFault('ImageHasDataDisks', `${imageId} holds data disks too; an artifact is one system disk.`, {
      hint: `Make an image of its system disk first: tongjing image system-only ${imageId}`,
    });
  }
  if (item.isEncrypted) {
    throw new CliFault('ImageEncrypted', `${imageId} is encrypted; in a registry it would lie open.`);
  }
  return item;
}
