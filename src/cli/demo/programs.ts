import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CliFault } from '../fault.ts';

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

/** Bytes of a sparse file that are there. */
export async function dataBytes(path: string): Promise<number> {
  return (await stat(path)).blocks * 512;
}
