import { CHUNK_BYTES } from '../../blocks/format.ts';
import { BLOCK_BYTES } from './bitmaps.ts';
import type { BlockCipher } from './blockCipher.ts';
import { readFully, writeFully } from './files.ts';

/** A volume's data file, by plain bytes. */
export interface BlockFile {
  /** Its blocks are encrypted: whole ones alone can be written. */
  readonly isEncrypted: boolean;
  read(into: Buffer, at: number, length: number, offset: number): void;
  write(from: Buffer, at: number, length: number, offset: number): void;
}

export function createBlockFile(file: number, cipher: BlockCipher | null): BlockFile {
  if (cipher) return createEncryptedFile(file, cipher);
  return {
    isEncrypted: false,
    read: (into, at, length, offset) => readFully(file, into, at, length, offset),
    write: (from, at, length, offset) => writeFully(file, from, at, length, offset),
  };
}

function createEncryptedFile(file: number, cipher: BlockCipher): BlockFile {
  const sealed = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

  function readPart(into: Buffer, at: number, length: number, offset: number): void {
    const number = Math.floor(offset / BLOCK_BYTES);
    readFully(file, block, 0, BLOCK_BYTES, number * BLOCK_BYTES);
    cipher.decrypt(block, 0, BLOCK_BYTES, number);
    const from = offset - number * BLOCK_BYTES;
    block.copy(into, at, from, from + length);
  }

  return {
    isEncrypted: true,
    read(into, at, length, offset) {
      const end = offset + length;
      for (let position = offset; position < end;) {
        const left = end - position;
        const within = position % BLOCK_BYTES;
        const isPart = within > 0 || left < BLOCK_BYTES;
        const count = isPart ? Math.min(left, BLOCK_BYTES - within) : left - (left % BLOCK_BYTES);
        const to = at + position - offset;
        if (isPart) readPart(into, to, count, position);
        else {
          readFully(file, into, to, count, position);
          cipher.decrypt(into, to, count, position / BLOCK_BYTES);
        }
        position += count;
      }
    },
    write(from, at, length, offset) {
      for (let done = 0; done < length;) {
        const count = Math.min(length - done, sealed.length);
        cipher.encrypt(from, at + done, count, (offset + done) / BLOCK_BYTES, sealed, 0);
        writeFully(file, sealed, 0, count, offset + done);
        done += count;
      }
    },
  };
}

/** An encrypted volume's last block is whole, whatever the disk's size. */
export function dataFileBytes(sizeBytes: number, isEncrypted: boolean): number {
  return isEncrypted ? Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES : sizeBytes;
}
