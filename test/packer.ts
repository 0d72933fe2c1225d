import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

interface PackerBuild {
  /** Of its template, and its home. */
  folder: string;
  endpoint: string;
  account: { accessKeyId: string; accessKeySecret: string };
  regionId: string;
  sourceImage: string;
  copyTo: string;
  shareWith: string;
  /** What the builder is told besides. */
  builder: object;
  provisioners?: readonly object[];
}

/** Debian's Packer, as it is, through the service as its proxy: an image `built` with a data disk of 20 GiB, its copy `copied`, both shared. Answers the images' ids by region. */
export async function buildWithPacker(build: PackerBuild): Promise<Map<string, string>> {
  const { folder, endpoint, regionId, copyTo, provisioners = [] } = build;
  const builder = {
    type: 'alicloud-ecs',
    access_key: build.account.accessKeyId,
    secret_key: build.account.accessKeySecret,
    region: regionId,
    image_name: 'built',
    source_image: build.sourceImage,
    instance_type: 'ecs.g6.large',
    io_optimized: true,
    internet_charge_type: 'PayByTraffic',
    image_disk_mappings: [
      {
        disk_name: 'data',
        disk_size: 20,
        disk_category: 'cloud_essd',
        disk_device: '/dev/xvdb',
        disk_delete_with_instance: true,
      },
    ],
    image_copy_regions: [copyTo],
    image_copy_names: ['copied'],
    image_share_account: [build.shareWith],
    ...build.builder,
  };
  const template = join(folder, 'template.json');
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners }));
  const { stdout } = await execute('packer', ['build', '-color=false', template], {
    cwd: folder,
    env: { ...process.env, HOME: folder, HTTP_PROXY: endpoint, HTTPS_PROXY: endpoint, CHECKPOINT_DISABLE: '1' },
  }).catch((error: Error & { stdout: string }) => assert.fail(error.stdout));
  const made = new Map([...stdout.matchAll(/^(cn-[a-z]+): (m-\w+)$/gm)].map(([, region, id]) => [region!, id!]));
  assert.deepEqual([...made.keys()].sort(), [copyTo, regionId].sort(), stdout);
  return made;
}
