import { openQcow2 } from '../formats/qcow2.ts';
import { openRaw } from '../formats/raw.ts';
import type { DiskSource } from '../formats/source.ts';
import type { ImportFormat } from '../transfers.ts';

/** `data`: as `openRaw` takes it. */
export function openSource(path: string, format: ImportFormat, data: Float64Array | null = null): DiskSource {
  return format === 'raw' ? openRaw(path, data) : openQcow2(path);
}
