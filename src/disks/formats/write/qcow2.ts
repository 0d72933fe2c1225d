import { CHUNK_BYTES } from '../../../blocks/format.ts';
import { WINDOW_CHUNKS, type Encode, type Write } from './format.ts';

/**
 * qcow2 version 3 (docs/interop/qcow2.rst), clusters of 64 KiB as qemu-img makes them, not compressed. Which chunks there are is known
 * before, so all tables stand in front and the data follow in the disk's order.
 */
const CLUSTER_BYTES = 64 * 1024;
const CLUSTER_BITS = 16;
const ENTRIES = CLUSTER_BYTES / 8;
/** Of 16 bits each, in one cluster. */
const REFCOUNTS = CLUSTER_BYTES / 2;
const CHUNK_CLUSTERS = CHUNK_BYTES / CLUSTER_BYTES;
const HEADER_BYTES = 104;
const REFCOUNT_ORDER = 4;
/** The cluster is referred to once only. */
const COPIED = 1n << 63n;

export function createQcow2Encoder(): Encode {
  const out = Buffer.alloc(WINDOW_CHUNKS * CHUNK_BYTES);
  return (window, sizeBytes, read) => {
    let length = 0;
    for (let index = window * WINDOW_CHUNKS; index < (window + 1) * WINDOW_CHUNKS; index++) {
      if (index * CHUNK_BYTES >= sizeBytes) break;
      const chunk = read(index);
      if (chunk) length += chunk.copy(out, length, 0, clustersOf(index, sizeBytes) * CLUSTER_BYTES);
    }
    return { bytes: out.subarray(0, length), notes: [] };
  };
}

/** The last chunk may reach behind the disk's end. */
const clustersOf = (chunk: number, sizeBytes: number): number =>
  Math.min(CHUNK_CLUSTERS, Math.ceil((sizeBytes - chunk * CHUNK_BYTES) / CLUSTER_BYTES));

export const writeQcow2: Write = async function* ({ sizeBytes, data }, pieces) {
  const tableChunks = ENTRIES / CHUNK_CLUSTERS;
  const l1Entries = Math.ceil(sizeBytes / (ENTRIES * CLUSTER_BYTES));
  const l1Clusters = Math.ceil(l1Entries / ENTRIES);
  const tables: number[] = [];
  let dataClusters = 0;
  for (const chunk of data) {
    const table = Math.floor(chunk / tableChunks);
    if (tables.at(-1) !== table) tables.push(table);
    dataClusters += clustersOf(chunk, sizeBytes);
  }

  // How many counts there are depends on how many clusters hold the counts.
  const others = 1 + l1Clusters + tables.length + dataClusters;
  let refcountBlocks = 0;
  let refcountTableClusters = 1;
  const allClusters = () => others + refcountBlocks + refcountTableClusters;
  while (refcountBlocks * REFCOUNTS < allClusters()) {
    refcountBlocks = Math.ceil(allClusters() / REFCOUNTS);
    refcountTableClusters = Math.ceil(refcountBlocks / ENTRIES);
  }
  const refcountTableAt = 1 + l1Clusters;
  const refcountBlocksAt = refcountTableAt + refcountTableClusters;
  const tablesAt = refcountBlocksAt + refcountBlocks;

  const header = Buffer.alloc(CLUSTER_BYTES);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(CLUSTER_BITS, 20);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  header.writeUInt32BE(l1Entries, 36);
  header.writeBigUInt64BE(BigInt(CLUSTER_BYTES), 40);
  header.writeBigUInt64BE(BigInt(refcountTableAt * CLUSTER_BYTES), 48);
  header.writeUInt32BE(refcountTableClusters, 56);
  header.writeUInt32BE(REFCOUNT_ORDER, 96);
  header.writeUInt32BE(HEADER_BYTES, 100);
  yield header;

  const l1 = Buffer.alloc(l1Clusters * CLUSTER_BYTES);
  for (const [position, table] of tables.entries()) l1.writeBigUInt64BE(entryFor(tablesAt + position), table * 8);
  yield l1;

  const refcountTable = Buffer.alloc(refcountTableClusters * CLUSTER_BYTES);
  for (let block = 0; block < refcountBlocks; block++)
    refcountTable.writeBigUInt64BE(BigInt((refcountBlocksAt + block) * CLUSTER_BYTES), block * 8);
  yield refcountTable;

  for (let block = 0; block < refcountBlocks; block++) {
    const counts = Buffer.alloc(CLUSTER_BYTES);
    const used = Math.min(REFCOUNTS, allClusters() - block * REFCOUNTS);
    for (let at = 0; at < used; at++) counts.writeUInt16BE(1, at * 2);
    yield counts;
  }

  let cluster = tablesAt + tables.length;
  let position = 0;
  for (const table of tables) {
    const l2 = Buffer.alloc(CLUSTER_BYTES);
    for (; position < data.length && Math.floor(data[position]! / tableChunks) === table; position++) {
      const chunk = data[position]!;
      const first = (chunk % tableChunks) * CHUNK_CLUSTERS;
      const count = clustersOf(chunk, sizeBytes);
      for (let at = 0; at < count; at++) l2.writeBigUInt64BE(entryFor(cluster++), (first + at) * 8);
    }
    yield l2;
  }
  for await (const { bytes } of pieces) yield bytes;
};

const entryFor = (cluster: number): bigint => BigInt(cluster * CLUSTER_BYTES) | COPIED;
