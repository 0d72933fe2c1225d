const MAGIC = 0xfd2fb528;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** What the frame that `bytes` begins with says that it holds, or null: it does not say. Decoders refuse a frame that holds something else. */
export function zstdContentBytes(bytes: Buffer): number | null {
  if (bytes.length < 14 || bytes.readUInt32LE(0) !== MAGIC) return null;
  const descriptor = bytes[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? bytes[at]! : null;
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
    default:
      return null;
  }
}

/** Length of the Zstandard frame that `bytes` begins with (RFC 8878, section 3.1.1), or null: none that is whole. */
export function zstdFrameBytes(bytes: Buffer): number | null {
  if (bytes.length < 5 || bytes.readUInt32LE(0) !== MAGIC) return null;
  const descriptor = bytes[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  let at = 5;
  at += isSingleSegment ? 0 : 1;
  at += DICTIONARY_ID_BYTES[descriptor & 3]!;
  at += isSingleSegment && contentSizeFlag === 0 ? 1 : CONTENT_SIZE_BYTES[contentSizeFlag]!;
  for (let isLast = false; !isLast;) {
    if (at + 3 > bytes.length) return null;
    const block = bytes.readUIntLE(at, 3);
    isLast = (block & 1) !== 0;
    const isRepeatedByte = ((block >> 1) & 3) === 1;
    at += 3 + (isRepeatedByte ? 1 : block >> 3);
  }
  at += descriptor & 4 ? 4 : 0;
  return at <= bytes.length ? at : null;
}
