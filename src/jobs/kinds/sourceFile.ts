import { download, type Download } from '../../base/download.ts';
import type { Progress } from '../../blocks/blocks.ts';
import type { JobContext } from '../job.ts';
import { alone } from './share.ts';

interface SourceFile extends AsyncDisposable {
  /** As DiskFile's. */
  path: string;
  parts?: string[];
  onProgress(progress: Progress): void;
}

/** The file that an import reads, fetched first where it is another server's: then each is half of the work. */
export async function openSourceFile(
  { path, pull }: { path: string; pull?: Download },
  { transfers, signal, progress }: Pick<JobContext, 'transfers' | 'signal' | 'progress'>,
): Promise<SourceFile> {
  const report = alone(progress);
  if (!pull) return { path, onProgress: report, async [Symbol.asyncDispose]() {} };
  const scratch = transfers.scratch();
  const half =
    (which: 0 | 1) =>
    ({ doneBytes, totalBytes }: Progress) =>
      // A server need not say how much there is.
      totalBytes > 0 && report({ doneBytes: Math.floor((totalBytes * which + doneBytes) / 2), totalBytes });
  try {
    const into = await scratch.path('pulled');
    await download(pull, { into, signal, onProgress: half(0) });
    return {
      path,
      parts: [into],
      onProgress: half(1),
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}
