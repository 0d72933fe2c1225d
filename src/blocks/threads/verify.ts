import { serveThread } from '../../base/threads.ts';
import type { ContentKey } from '../../keys/keys.ts';
import { openIndexReader } from '../chunkIndex.ts';
import { openChunkReader, type ChunkReader } from '../chunkReader.ts';
import { createHashSet } from '../hashSet.ts';
import { walkMap } from '../map.ts';
import type { VerifyResult } from '../blocks.ts';
import type { VerifyThreadData } from '../verify.ts';

const REPORT_CHUNKS = 256;

await serveThread<VerifyThreadData, number, null, VerifyResult>(async ({ folder, roots, share, shares }, port) => {
  const index = openIndexReader(folder);
  const readers = new Map<string | null, ChunkReader>();
  const readerFor = (key: ContentKey | null): ChunkReader => {
    let reader = readers.get(key?.id ?? null);
    if (!reader) readers.set(key?.id ?? null, (reader = openChunkReader(folder, { key, rehash: true, index })));
    return reader;
  };
  const seen = createHashSet();
  const flaws = new Map<string, string>();
  let checkedChunks = 0;

  function check(hash: Buffer, reader: ChunkReader): void {
    if (hash[0]! % shares !== share) return;
    checkedChunks++;
    const flaw = reader.flaw(hash);
    if (flaw !== null) flaws.set(hash.toString('hex'), flaw);
  }

  try {
    let reported = 0;
    for (const { root, key } of roots) {
      const reader = readerFor(key);
      for (const { kind, hash } of walkMap(root, (page) => {
        if (!seen.add(page)) return null;
        check(page, reader);
        return reader.flaw(page) === null ? reader.read(page) : null;
      })) {
        port.check();
        if (kind === 'chunk' && seen.add(hash)) check(hash, reader);
        if (checkedChunks >= reported + REPORT_CHUNKS) {
          await port.ask(checkedChunks - reported);
          reported = checkedChunks;
        }
      }
    }
    await port.ask(checkedChunks - reported);
    const reached = new Map([...flaws.keys()].map((hash) => [hash, [] as string[]]));
    if (flaws.size > 0)
      for (const { root, key } of roots)
        for (const hash of flawedBelow(readerFor(key), root, flaws)) reached.get(hash)!.push(root);
    return {
      checkedChunks,
      damaged: [...flaws].map(([hash, reason]) => ({ hash, reason, roots: reached.get(hash)! })),
    };
  } finally {
    seen.close();
    index.close();
  }
});

/** Which of `flaws` a root reaches, through the pages that can be read. */
function flawedBelow(reader: ChunkReader, root: string, flaws: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  const note = (hash: Buffer) => {
    const name = hash.toString('hex');
    if (flaws.has(name)) found.add(name);
  };
  const enter = (page: Buffer) => {
    note(page);
    return reader.flaw(page) === null ? reader.read(page) : null;
  };
  for (const { kind, hash } of walkMap(root, enter)) if (kind === 'chunk') note(hash);
  return found;
}
