import { serveThread } from '../../base/threads.ts';
import type { DiskFile } from '../formats/source.ts';
import { inspect } from './open.ts';

/** The tables of a large image are many megabytes: too much for a thread that answers calls. */
await serveThread<DiskFile, never, never, { sizeBytes: number }>(inspect);
