import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { findProgram, installCommand, tools } from '../tools.ts';

const execute = promisify(execFile);

/** Runs a program to its end. Its own words are the error. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    return stdout;
  } catch (cause) {
    const { stderr, stdout, message } = cause as { stderr?: string; stdout?: string; message: string };
    const words = [stderr, stdout].map((text) => text?.trim()).filter(Boolean);
    throw new CliFault('ProgramFailed', `${program} ${args.join(' ')}\n${words.join('\n') || message}`, { cause });
  }
}

/** Throws unless both hold the same; what is longer must end in zeros. Each is a raw file or an NBD URI. */
export async function compare(one: string, other: string): Promise<void> {
  await runProgram('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', one, other]);
}

export async function requirePrograms(programs: readonly string[], io: Io): Promise<void> {
  const missing = programs.filter((program) => findProgram(program, io) === null);
  if (missing.length === 0) return;
  const known = tools.filter((tool) => missing.includes(tool.program));
  const command = installCommand(known, process.getuid?.() === 0);
  throw new CliFault(
    'ToolsMissing',
    `The demo runs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not there.`,
    {
      ...(command !== null && { hint: `Install: ${command}` }),
    },
  );
}

/** Bytes of a sparse file that are there. */
export async function dataBytes(path: string): Promise<number> {
  return (await stat(path)).blocks * 512;
}
