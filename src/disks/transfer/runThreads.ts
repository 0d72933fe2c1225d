import { runThread } from '../../base/threads.ts';

/** As many threads as there is work for; when one fails the others end too. */
export async function runThreads<Ask, Answer>(
  module: URL,
  count: number,
  data: unknown,
  { answer, signal }: { answer: (question: Ask) => Promise<Answer>; signal: AbortSignal },
): Promise<void> {
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  const threads = Array.from({ length: count }, async () => {
    try {
      await runThread<Ask, Answer, void>(module, data, { answer, signal: both });
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(threads);
  await Promise.all(threads);
}
