import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { WorldFault } from '../../base/worldFault.ts';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson, size } from '../print.ts';
import { progressLine } from '../progress.ts';
import { dataFolder, openService, type DataOption } from '../service.ts';

/** What the service, or the work here, says in the end. */
interface Saved {
  sizeBytes: number;
  chunks: number;
  volumes: number;
  objects: number;
}

type Progress = (progress: { doneBytes: number; totalBytes: number }) => void;

export function addState(program: Command, io: Io): void {
  const state = program.command('state').description('the whole world as one file: records, disks, buckets, keys');

  state
    .command('save')
    .description(
      'write it; a service that runs stands still meanwhile. Who has the file has every secret of the service',
    )
    .argument('<file>')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const path = resolve(io.cwd, file);
      const saved = await shown(io, 'Saving', (report) => save(path, options, io, report));
      if (options.json) printJson(io, { path, ...saved });
      else io.out(`${path}: ${size(saved.sizeBytes)}. It holds every key: keep it as you keep the data folder.\n`);
    });

  state
    .command('load')
    .description('make the data folder of a saved file; no service may run on it')
    .argument('<file>')
    .option('--replace', 'also when the folder holds a world: that one is deleted')
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean; replace?: boolean }>();
      const path = resolve(io.cwd, file);
      const dataDir = dataFolder(options, io);
      const { loadState } = await import('../../state/load.ts');
      const info = await shown(io, 'Loading', (onProgress) =>
        loadState(path, dataDir, { replace: options.replace ?? false, onProgress }),
      );
      if (options.json) printJson(io, { dataDir, savedAt: info.savedAt });
      else io.out(`${dataDir} is as it was saved at ${info.savedAt}. Start it: tongjing serve --data ${dataDir}\n`);
    });
}

/** By the service when one runs on the folder, else here. */
async function save(path: string, options: DataOption, io: Io, report: Progress): Promise<Saved> {
  try {
    const service = await openService(options, io);
    let saved: Saved | null = null;
    // To its end: an answer that is left in the middle fails later, when its service goes.
    for await (const step of service.operatorLines('state/save', { path })) {
      if (typeof step['code'] === 'string')
        throw new CliFault(step['code'], String(step['message']), hintOn(step['code']));
      if (typeof step['sizeBytes'] === 'number') saved = step as unknown as Saved;
      else report(step as never);
    }
    if (saved) return saved;
    throw new CliFault('Interrupted', 'The service stopped before everything was saved.');
  } catch (error) {
    if (!(error instanceof CliFault && error.exitCode === exitCodes.noService)) throw error;
    const dataDir = dataFolder(options, io);
    // Nor is a folder made here that was only misspelt.
    if (!existsSync(join(dataDir, 'records.db'))) throw error;
    const { saveAtRest } = await import('../../state/atRest.ts');
    return saveAtRest(dataDir, path, { version: packageJson.version, onProgress: report });
  }
}

/** Shows how far `work` is, and what the world did to it. */
async function shown<T>(io: Io, label: string, work: (report: Progress) => Promise<T>): Promise<T> {
  const bar = progressLine(io, label);
  try {
    const result = await work(({ doneBytes, totalBytes }) =>
      bar.show(totalBytes > 0 ? Math.min(99, (100 * doneBytes) / totalBytes) : 0),
    );
    bar.show(100);
    return result;
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    throw new CliFault(error.code, error.message, { cause: error, ...hintOn(error.code) });
  } finally {
    bar.end();
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ChunkDamaged: 'tongjing verify names what it affects. Delete that, or restore the data folder from a copy.',
  DataFolderInUse: 'Stop the service first.',
  DisksServed: 'Start the service there: it can save itself as it runs, or stop its instances and then be stopped.',
  DataFolderNotEmpty: 'Name a new folder with --data, or add --replace.',
  StateFileInvalid: 'Nothing was changed. Save it again, or copy it again from where it came from.',
  FormatTooNew: 'Nothing was changed. Load it with the version that wrote it, or a newer one.',
};

const hintOn = (code: string): { hint?: string } => (HINTS[code] === undefined ? {} : { hint: HINTS[code] });
