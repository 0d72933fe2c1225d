import { serveThread } from '../../base/threads.ts';
import { openQcow2 } from '../formats/qcow2.ts';

/** The tables of a large image are many megabytes: too much for a thread that answers calls. */
await serveThread<{ path: string }, never, never, { sizeBytes: number }>(({ path }) => {
  const source = openQcow2(path);
  try {
    source.checkTables();
    return { sizeBytes: source.sizeBytes };
  } finally {
    source.close();
  }
});
