import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemFault } from './systemFault.ts';
import { WorldFault } from './worldFault.ts';

/** Of all that docs/format.md describes. */
export const DATA_FORMAT = 1;

/** Reads a data folder's `format.json`, writing it when the folder is new. Throws FormatTooNew or FormatUnknown before anything else is touched. */
export function checkDataFormat(path: string): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemFault(error, `read ${path}`);
    writeFormat(path);
    return;
  }
  const version = versionIn(text);
  if (version === null) throw new WorldFault('FormatUnknown', `${path} does not say which format the data folder has`);
  if (version > DATA_FORMAT)
    throw new WorldFault(
      'FormatTooNew',
      `The data folder has format ${version}, written by a newer version of Tongjing; this version knows ${DATA_FORMAT}`,
    );
}

function versionIn(text: string): number | null {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return Number.isSafeInteger(version) && (version as number) > 0 ? (version as number) : null;
  } catch {
    return null;
  }
}

function writeFormat(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(`${path}.aside`, 'w');
    writeSync(file, `${JSON.stringify({ version: DATA_FORMAT })}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.aside`, path);
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}
