import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { waitForTask } from '../jobs.ts';
import { pushDisk } from '../oci/push.ts';
import { withDiskOf, type RegistryOptions } from '../oci/workplace.ts';
import { printJson, size } from '../print.ts';
import { progressLine } from '../progress.ts';
import { openService, type DataOption, type Service } from '../service.ts';

interface Options extends DataOption, RegistryOptions {
  json?: boolean;
  region?: string;
}

interface ImageItem {
  ImageId: string;
  ImageName: string;
  Description: string;
  Architecture: 'i386' | 'x86_64' | 'arm64';
  OSType: 'linux' | 'windows';
  Platform: string;
  BootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  DiskDeviceMappings: { DiskDeviceMapping: { Type: string; SnapshotId: string }[] };
}

export function addPush(image: Command, io: Io): void {
  image
    .command('push')
    .description('store an image in an OCI registry; only what the registry lacks is sent')
    .argument('<place>', 'oci://host:port/repository:tag')
    .argument('<id>', 'm-…')
    .option('--region <id>', 'where the image is; default: the service’s own')
    .option('--plain-http', 'speak HTTP also with another machine')
    .action(async (place: string, imageId: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      const regionId = options.region ?? service.regionId;
      const pushed = await withDiskOf({ service, source: place, options, io }, async (at) => {
        const item = await imageOf(service, regionId, imageId);
        const asked = { imageId, path: at.path, format: 'raw' };
        const { jobId, warning } = await service.operator<{ jobId: string; warning?: string }>(
          'POST',
          'images/export',
          asked,
        );
        if (warning !== undefined) io.err(`${warning}\n`);
        await waitForTask(service, { jobId, regionId }, io, 'Reading');
        const line = progressLine(io, 'Pushing');
        try {
          const { size: sizeBytes } = await stat(at.path);
          const disk = { path: at.path, sizeBytes, about: aboutOf(item) };
          return await pushDisk(at.repository, at.version, disk, (percent) => line.show(percent));
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

const aboutOf = (item: ImageItem) => ({
  name: item.ImageName,
  description: item.Description,
  architecture: item.Architecture,
  osType: item.OSType,
  platform: item.Platform,
  bootMode: item.BootMode,
});

/** The image, which must be a system disk alone, and no secret. */
async function imageOf(service: Service, regionId: string, imageId: string): Promise<ImageItem> {
  const { Images } = await service.call<{ Images: { Image: ImageItem[] } }>('DescribeImages', {
    RegionId: regionId,
    ImageId: imageId,
    ShowExpired: true,
  });
  const item = Images.Image[0];
  if (!item) throw new CliFault('ImageNotFound', `The operator sees no Available image ${imageId} in ${regionId}.`);
  const disks = item.DiskDeviceMappings.DiskDeviceMapping;
  if (disks.some(({ Type }) => Type === 'data')) {
    throw new CliFault('ImageHasDataDisks', `${imageId} holds data disks too; an artifact is one system disk.`, {
      hint: `Make an image of its system disk first: tongjing image system-only ${imageId}`,
    });
  }
  const ids = disks.map(({ SnapshotId }) => SnapshotId).filter((id) => id !== '');
  if (ids.length === 0) return item;
  const { Snapshots } = await service.call<{ Snapshots: { Snapshot: { Encrypted: boolean }[] } }>('DescribeSnapshots', {
    RegionId: regionId,
    SnapshotIds: JSON.stringify(ids),
  });
  if (Snapshots.Snapshot.some(({ Encrypted }) => Encrypted)) {
    throw new CliFault('ImageEncrypted', `${imageId} is encrypted; in a registry it would lie open.`);
  }
  return item;
}
