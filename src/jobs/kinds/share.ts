import type { Progress } from '../../blocks/blocks.ts';

/** One progress listener for each of several transfers of so many bytes, which together tell how far all are. */
export function share(
  sizes: readonly number[],
  report: (percent: number, bytes: Progress) => void,
): ((progress: Progress) => void)[] {
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const done = sizes.map(() => 0);
  return sizes.map((size, index) => (progress) => {
    done[index] = size * (progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : 1);
    const doneBytes = Math.round(done.reduce((sum, part) => sum + part, 0));
    report((100 * doneBytes) / (totalBytes || 1), { doneBytes, totalBytes });
  });
}

/** The listener of one transfer, whose size it is told. */
export const alone =
  (report: (percent: number, bytes: Progress) => void) =>
  (progress: Progress): void =>
    report(progress.totalBytes > 0 ? (100 * progress.doneBytes) / progress.totalBytes : 100, progress);
