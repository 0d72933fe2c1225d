import { serveThread } from '../../base/threads.ts';
import type { Root } from '../../blocks/blocks.ts';
import { openDiskReader } from '../../blocks/diskReader.ts';
import { chunkCount } from '../../blocks/format.ts';

/** The chunks of a disk that are not wholly zero. */
await serveThread<{ storeFolder: string; root: Root; sizeBytes: number }, never, never, Uint32Array>(
  ({ storeFolder, root, sizeBytes }, port) => {
    const reader = openDiskReader(storeFolder, root, sizeBytes);
    try {
      const count = chunkCount(sizeBytes);
      let found = new Uint32Array(1024);
      let length = 0;
      for (let index = reader.nextData(0); index < count; index = reader.nextData(index + 1)) {
        port.check();
        if (length === found.length) {
          const larger = new Uint32Array(2 * length);
          larger.set(found);
          found = larger;
        }
        found[length++] = index;
      }
      return found.slice(0, length);
    } finally {
      reader.close();
    }
  },
);
