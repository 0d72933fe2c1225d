import { WorldFault } from '../base/worldFault.ts';
import { anyProcess } from '../disks/volume/processes.ts';
import { closeRunFolder, openRunFolder } from '../disks/volume/runFolder.ts';
import { openDataFolder } from '../records/dataFolder.ts';
import { saveState, type Saved, type SaveOptions } from './save.ts';

/** Saves a data folder on which no service runs. Throws WorldFault `DataFolderInUse` when one does. */
export async function saveAtRest(
  dataDir: string,
  path: string,
  { version, ...options }: SaveOptions & { version: string },
): Promise<Saved> {
  using folder = openDataFolder(dataDir);
  await refuseServed(dataDir);
  return saveState({ world: folder, path, version }, options);
}

/** Machines and their disks outlive a service that is stopped, all disks one that is killed: they may be written to. */
export async function refuseServed(dataDir: string): Promise<void> {
  const runFolder = openRunFolder(dataDir);
  const isServed = await anyProcess(runFolder);
  closeRunFolder(runFolder, dataDir);
  if (isServed)
    throw new WorldFault(
      'DisksServed',
      `Disks are still served from ${dataDir}, though no service runs there: its machines go on without it, or it was killed.`,
    );
}
