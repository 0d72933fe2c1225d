import { WorldFault } from '../../base/worldFault.ts';
import type { Blocks, ChunkRef, Root, TransferOptions } from '../../blocks/blocks.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { StoredDisk } from '../transfers.ts';
import { handKey, type ControlClient } from './control.ts';
import { isDeath } from './processes.ts';

export interface StoreFrozen {
  freezeId: string;
  storeFolder: string;
  /** What the volume is encrypted under. */
  key: ContentKey | null;
  blocks: Pick<Blocks, 'commit' | 'writeMap'>;
  options: TransferOptions;
}

/** Has a volume's process store what a freeze holds, commits the chunks as they come, and writes the map. */
export async function storeFrozen(client: ControlClient, frozen: StoreFrozen): Promise<StoredDisk> {
  const { freezeId, storeFolder, key, blocks, options } = frozen;
  const { lease, onProgress, signal } = options;
  const changes = new Map<number, string | null>();
  let storedBytes = 0;

  /** Stores `chunks` (null: all) and answers those that have to be stored again. */
  async function pass(chunks: number[] | null): Promise<{ again: number[]; sizeBytes: number; incrementalRoot: Root }> {
    const again: number[] = [];
    const failing = new AbortController();
    let committing = Promise.resolve();
    let appended = 0;
    const commit = async (refs: ChunkRef[]) => {
      for (const { index, hash } of refs) changes.set(index, hash);
      again.push(...(await blocks.commit(lease, refs)));
    };
    const result = await client
      .request(
        'store',
        { freezeId, storeFolder, leaseId: lease.id, chunks, key: handKey(key) },
        {
          signal: signal ? AbortSignal.any([signal, failing.signal]) : failing.signal,
          onEvent({ refs, doneBytes, totalBytes, appendedBytes }) {
            appended = appendedBytes;
            if (chunks === null) onProgress?.({ doneBytes, totalBytes });
            if (refs.length === 0) return;
            committing = committing.then(() => commit(refs));
            committing.catch((error: unknown) => failing.abort(error));
          },
        },
      )
      // Nothing is committed once this has failed: the lease may go.
      .finally(() => committing.catch(() => {}));
    await committing;
    storedBytes += appended;
    return { again, ...result };
  }

  try {
    let passed = await pass(null);
    while (passed.again.length > 0) passed = await pass(passed.again);
    const { sizeBytes, incrementalRoot } = passed;
    const root = await blocks.writeMap(lease, incrementalRoot, changes, sizeBytes);
    return { root, sizeBytes, storedBytes };
  } catch (error) {
    throw isDeath(error) ? freezeLost(freezeId) : error;
  }
}

export function freezeLost(freezeId: string): WorldFault {
  return new WorldFault('FreezeLost', `The volume's process ended while it held freeze ${freezeId}`);
}
