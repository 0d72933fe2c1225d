import { line, isOver, PROGRESS_EVERY_MS, sayingFaults } from './lines.ts';
import { pathIn, type OperatorParts, type Route } from './parts.ts';

/**
 * `{path}`: saves the world there. One JSON document per line: `{doneBytes, totalBytes}` as it goes, `{sizeBytes, chunks, volumes, objects}` or
 * `{code, message}` last. Whoever goes away stops it.
 */
export const saveWorld: Route['run'] = async ({ body }, parts) => {
  return { text: sayingFaults(saving(parts, pathIn(body))), contentType: 'application/x-ndjson' };
};

async function* saving(parts: OperatorParts, path: string): AsyncGenerator<string> {
  const controller = new AbortController();
  let progress = { doneBytes: 0, totalBytes: 0 };
  const work = parts.save(path, { signal: controller.signal, onProgress: (now) => (progress = now) });
  try {
    while (!(await isOver(work, PROGRESS_EVERY_MS))) yield line(progress);
    yield line(await work);
  } finally {
    controller.abort();
  }
}
