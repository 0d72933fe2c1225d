import type { Progress } from '../../blocks/blocks.ts';

/** One progress listener for each of several transfers, together from 0 to 100, each counting by its weight. */
export function share(weights: readonly number[], report: (percent: number) => void): ((progress: Progress) => void)[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const done = weights.map(() => 0);
  return weights.map((weight, index) => ({ doneBytes, totalBytes }) => {
    done[index] = weight * (totalBytes > 0 ? doneBytes / totalBytes : 1);
    report((100 * done.reduce((sum, part) => sum + part, 0)) / total);
  });
}
