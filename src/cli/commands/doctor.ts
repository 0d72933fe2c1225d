import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { WorldFault } from '../../base/worldFault.ts';
import { findNetworks } from '../../machines/network/namespace/leftovers.ts';
import { CliFault } from '../fault.ts';
import { guestProcesses, sortGuests } from '../guests.ts';
import type { Io } from '../io.ts';
import { printJson, printTable, size } from '../print.ts';
import { dataFolder, openService, type DataOption } from '../service.ts';
import { findProgram, findTool, installCommand, tools } from '../tools.ts';

interface Check {
  name: string;
  /** `missing`: something works less; `broken`: the service can't run. */
  state: 'ok' | 'missing' | 'broken';
  found: string;
  purpose: string;
  /** What takes away what is left over. */
  commands?: readonly string[];
}

const OLDEST_NODE = 24;
/** Below this an import of an ordinary system disk may not fit. */
const LEAST_FREE_BYTES = 10 * 1024 ** 3;

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('say what is missing, and the one command that installs it')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<DataOption & { json?: boolean }>();
      const folder = dataFolder(options, io);
      const checks: Check[] = [
        checkNode(),
        checkFolder(folder),
        checkSpace(folder),
        await checkSockets(),
        ...(await checkService(options, io)),
        checkGuests(folder),
        ...(await checkNetworks(io)),
      ];
      const missing = tools.filter((tool) => findTool(tool, io) === null);
      for (const tool of tools) {
        const path = findTool(tool, io);
        checks.push({ name: tool.program, state: path ? 'ok' : 'missing', found: path ?? '', purpose: tool.purpose });
      }
      const install = installCommand(missing, process.getuid?.() === 0);
      if (options.json) printJson(io, { checks, installCommand: install });
      else {
        printTable(
          io,
          ['', 'CHECK', 'FOUND', 'FOR'],
          checks.map(({ name, state, found, purpose }) => [state, name, found, purpose]),
        );
        const commands = checks.flatMap((check) => check.commands ?? []);
        if (commands.length > 0)
          io.out(`\nTake away what no service has:\n${commands.map((each) => `  ${each}\n`).join('')}`);
        io.out(install === null ? '\nAll tools are there.\n' : `\nInstall what is missing:\n  ${install}\n`);
      }
      const broken = checks.filter((check) => check.state === 'broken');
      if (broken.length > 0) {
        throw new CliFault(
          'Broken',
          `The service can not run: ${broken.map((check) => `${check.name} (${check.found})`).join(', ')}.`,
        );
      }
    });
}

function checkNode(): Check {
  const isNew = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE;
  return {
    name: 'Node',
    state: isNew ? 'ok' : 'broken',
    found: process.versions.node,
    purpose: `the service (${OLDEST_NODE} or later)`,
  };
}

/** The folder itself, or where it would be made. */
function nearest(folder: string): string {
  let path = folder;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function checkFolder(folder: string): Check {
  const purpose = 'everything that is stored';
  try {
    accessSync(nearest(folder), constants.W_OK | constants.X_OK);
    return {
      name: 'data folder',
      state: 'ok',
      found: existsSync(folder) ? folder : `${folder} (will be made)`,
      purpose,
    };
  } catch (error) {
    return { name: 'data folder', state: 'broken', found: (error as Error).message, purpose };
  }
}

function checkSpace(folder: string): Check {
  const { bavail, bsize } = statfsSync(nearest(folder));
  const free = bavail * bsize;
  return {
    name: 'free space',
    state: free >= LEAST_FREE_BYTES ? 'ok' : 'missing',
    found: size(free),
    purpose: `imports (${size(LEAST_FREE_BYTES)} or more)`,
  };
}

/** Disks are served on unix sockets. */
async function checkSockets(): Promise<Check> {
  const path = join(tmpdir(), `tongjing-doctor-${process.pid}`);
  const server = createServer();
  const purpose = 'serving disks';
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    server.close();
    return { name: 'unix sockets', state: 'ok', found: tmpdir(), purpose };
  } catch (error) {
    return { name: 'unix sockets', state: 'broken', found: (error as Error).message, purpose };
  }
}

async function checkService(options: DataOption, io: Io): Promise<Check[]> {
  const purpose = 'every other command';
  try {
    const service = await openService(options, io);
    const { version } = await service.operator<{ version: string }>('GET', 'version');
    return [
      { name: 'service', state: 'ok', found: `${service.endpoint}, version ${version}`, purpose },
      { name: 'driver', state: 'ok', found: service.machines, purpose: 'instances' },
    ];
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    return [{ name: 'service', state: 'missing', found: 'not running', purpose }];
  }
}

/** Machines go on without the service that started them; those that none will find again are only in the way. */
function checkGuests(folder: string): Check {
  const { known, strays } = sortGuests(folder, guestProcesses());
  const purpose = 'machines that boot';
  if (strays.length === 0) return { name: 'machines', state: 'ok', found: `${known.length} running`, purpose };
  const found = `${known.length} running, ${strays.length} that no service has`;
  const commands = [`kill -9 ${strays.map(({ pid }) => pid).join(' ')}`];
  return { name: 'machines', state: 'missing', found, purpose, commands };
}

/** Only root can have made any, with these programs, or see them. */
async function checkNetworks(io: Io): Promise<Check[]> {
  const isAble = process.getuid?.() === 0 && ['ip', 'nft'].every((program) => findProgram(program, io) !== null);
  if (process.platform !== 'linux' || !isAble) return [];
  const purpose = 'VPCs';
  try {
    const { inUse, removal } = await findNetworks();
    if (removal.length === 0) return [{ name: 'networks', state: 'ok', found: `${inUse} with machines`, purpose }];
    const found = `${inUse} with machines; some are left over`;
    return [{ name: 'networks', state: 'missing', found, purpose, commands: removal }];
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    return [{ name: 'networks', state: 'missing', found: error.message, purpose }];
  }
}
