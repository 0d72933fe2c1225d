import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemFault } from '../../base/systemFault.ts';

const MAP_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Where a raw file has bytes, as `openRaw` takes it. Node cannot ask for holes (SEEK_HOLE), so a file that has some is
 * shown to qemu-img; without qemu-img it is read whole (null).
 */
export async function findData(path: string, signal?: AbortSignal): Promise<Float64Array | null> {
  let status;
  try {
    status = statSync(path);
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  }
  if (status.blocks === 0 && !isInline(status.size)) return new Float64Array();
  if (status.blocks * 512 >= status.size) return null;
  try {
    const run = promisify(execFile);
    // `file:` and the explicit format: neither the name nor the content decides how it is opened.
    const argv = ['map', '-f', 'raw', '--output=json', '--', `file:${path}`];
    const { stdout } = await run('qemu-img', argv, { maxBuffer: MAP_OUTPUT_BYTES, ...(signal && { signal }) });
    return parseMap(stdout);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error) return null;
    throw error;
  }
}

/** Some file systems keep a tiny file's bytes in its inode, with no block of its own. */
const isInline = (sizeBytes: number) => sizeBytes < 65536;

function parseMap(json: string): Float64Array {
  const extents: number[] = [];
  for (const { start, length, data } of JSON.parse(json) as { start: number; length: number; data: boolean }[]) {
    if (!data) continue;
    if (extents.at(-1) === start) extents[extents.length - 1] = start + length;
    else extents.push(start, start + length);
  }
  return Float64Array.from(extents);
}
