import { join } from 'node:path';
import { createIds } from '../src/base/ids.ts';
import { silentLog } from '../src/base/log.ts';
import { openBlocks } from '../src/blocks/blocks.ts';
import type { FileFormat } from '../src/disks/transfer/toFile.ts';
import { openTransfers } from '../src/disks/transfers.ts';
import type { DiskFormat } from '../src/rules/imageForms.ts';

/** One import or export by a process of its own, measured from outside. Prints what came of it and the most memory it had. */
const [verb, dataFolder, path, format, root, sizeBytes] = process.argv.slice(2) as [
  string,
  string,
  string,
  DiskFormat & FileFormat,
  string?,
  string?,
];
const REGION = 'cn-hangzhou';

async function run() {
  await using blocks = openBlocks({ dataFolder, ids: createIds(), log: silentLog });
  await using transfers = openTransfers({ blocks, scratchFolder: join(dataFolder, 'scratch') });
  if (verb === 'export') {
    const stored = { regionId: REGION, root: root!, sizeBytes: Number(sizeBytes), key: null };
    await transfers.exportFile(stored, path, { format });
    return null;
  }
  await using lease = await blocks.lease(REGION);
  // Awaited here: what it uses ends with this function.
  return await transfers.importFile({ path, format }, { lease, key: null, knowsStore: true });
}

const disk = await run();
process.stdout.write(JSON.stringify({ disk, maxRssMib: process.resourceUsage().maxRSS / 1024 }));
