import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import { imageFormatOf } from '../imageFormat.ts';
import { checkImport, importFrom, type NewImage } from '../importFrom.ts';
import type { Io } from '../io.ts';
import { openService, type DataOption, type Service } from '../service.ts';

export interface ImportOptions extends DataOption, NewImage {
  json?: boolean;
  format?: string;
  forceRaw?: boolean;
}

const STDIN = '-';

export const FORCE_RAW = 'the bytes are a raw disk, although they look like another format';

export const usage = (message: string) => new CliFault('Usage', message, { exitCode: exitCodes.usage });

export function addImportTo(image: Command, io: Io): void {
  withImageOptions(image.command('import'))
    .description('make an image of a disk file on this machine, and wait until it is Available')
    .argument('<file>', `raw, qcow2, VHD, VMDK, VDI or VHDX, packed or not; ${STDIN}: standard input, with --format`)
    .option('--format <format>', 'qcow2, vhd, raw.gz, raw.tar.xz …; default: as the file is named')
    .option('--force-raw', FORCE_RAW)
    .action(async (file: string, _, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      const service = await openFor(options, io);
      const forceRaw = options.forceRaw ?? false;
      const format = options.format ?? (forceRaw ? 'raw' : undefined);
      if (file !== STDIN) {
        const path = resolve(io.cwd, file);
        const source = { path, format: forceRaw ? format! : imageFormatOf(path, format), forceRaw };
        return importFrom(service, source, options, io);
      }
      if (format === undefined) throw usage('Say with --format what comes on standard input.');
      await checkImport(service, options);
      await withStandardInput(service, io, (path) => importFrom(service, { path, format, forceRaw }, options, io));
    });
}

/** What may be said of an image, wherever its bytes come from. */
export const withImageOptions = (command: Command): Command =>
  command
    .option('--name <name>', "the image's name")
    .option('--as <id>', 'instead of a new image: the disk of this public image, in every region')
    .option('--region <id>', 'default: the service’s own')
    .option('--public', 'a public image, for every account; else a custom image of the operator')
    .option('--description <text>')
    .addOption(new Option('--os-type <type>').choices(['linux', 'windows']))
    .option('--platform <name>', 'Debian, Ubuntu, CentOS …')
    .addOption(new Option('--architecture <name>').choices(['i386', 'x86_64', 'arm64']))
    .addOption(new Option('--boot-mode <mode>').choices(['BIOS', 'UEFI', 'UEFI-Preferred']));

/** The service, for an image that is either new or there. */
export async function openFor(options: ImportOptions, io: Io): Promise<Service> {
  if ((options.name === undefined) === (options.as === undefined)) {
    throw usage('Say either --name, for a new image, or --as, for the disk of a public one.');
  }
  return openService(options, io);
}

/**
 * Standard input as a file for as long as `use` lasts, in the scratch, which the service empties when it starts: formats are not read from their
 * beginning to their end.
 */
async function withStandardInput(service: Service, io: Io, use: (path: string) => Promise<void>): Promise<void> {
  const folder = join(service.dataDir, 'scratch');
  const path = join(folder, `stdin-${randomUUID()}`);
  const interrupted = new AbortController();
  const release = io.onInterrupt(() => interrupted.abort());
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await pipeline(io.input(), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal: interrupted.signal });
    } catch (cause) {
      if (interrupted.signal.aborted)
        throw new CliFault('Cancelled', 'Nothing is left of it.', { exitCode: exitCodes.interrupted });
      throw new CliFault('InputFailed', `Standard input could not be kept: ${(cause as Error).message}`, { cause });
    } finally {
      release();
    }
    await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
