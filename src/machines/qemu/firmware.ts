import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../base/files.ts';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { MachineSpec } from '../machines.ts';

/** OVMF without Secure Boot's keys, as Debian's package ovmf names it; what a machine's firmware writes goes into a copy of the second. */
const CODE = 'OVMF_CODE_4M.fd';
const VARIABLES = 'OVMF_VARS_4M.fd';

/** UEFI's flash: the program, which is every machine's, and the variables, which are one machine's. */
export interface Flash {
  codePath: string;
  variablesPath: string;
}

export const hasFirmware = (folder: string): boolean =>
  [CODE, VARIABLES].every((name) => existsSync(join(folder, name)));

/**
 * The flash of a machine that boots by UEFI, its variables at `variablesPath` as they were left or as they come; null: it boots by BIOS.
 * Throws FirmwareMissing.
 */
export function flashOf(mode: MachineSpec['bootMode'], folder: string, variablesPath: string): Flash | null {
  if (mode === 'BIOS') return null;
  if (!hasFirmware(folder)) {
    if (mode === 'UEFI-Preferred') return null;
    throw new WorldFault('FirmwareMissing', 'Its image boots by UEFI: the Debian package ovmf is not installed.');
  }
  if (!existsSync(variablesPath)) writeDurably(variablesPath, readVariables(join(folder, VARIABLES)), 0o600);
  return { codePath: join(folder, CODE), variablesPath };
}

function readVariables(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  }
}

/** As arguments of a machine `pc`: QEMU opens both files before it gives its rights away. */
export function flashArguments({ codePath, variablesPath }: Flash): string[] {
  const node = (name: string, filename: string, isReadOnly: boolean) => [
    '-blockdev',
    JSON.stringify({ driver: 'file', 'node-name': name, filename, 'read-only': isReadOnly }),
  ];
  return [...node('flash-code', codePath, true), ...node('flash-variables', variablesPath, false)];
}

export const FLASH_OF_MACHINE = ',pflash0=flash-code,pflash1=flash-variables';
