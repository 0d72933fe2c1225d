import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createOutput, createReplies } from './replies.ts';
import { Disconnected } from './requests.ts';
import { sendFile } from './sendFile.ts';
import { CHUNK_DONE, CHUNK_HEADER_BYTES } from './wire.ts';

const OFFSET = 8192;
const LENGTH = 3 * 1024 * 1024;
const IN_FILE = 1024 * 1024;
const HEADER_BYTES = CHUNK_HEADER_BYTES + 8;

/** Bytes that differ from place to place. */
const content = Buffer.from(
  Uint32Array.from({ length: (OFFSET + LENGTH) / 4 }, (_, index) => index * 2_654_435_761).buffer,
);

function withFiles(work: (source: number, target: number, written: () => Buffer) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-replies-'));
  try {
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    writeFileSync(source, content.subarray(0, OFFSET + IN_FILE));
    const files = [openSync(source, 'r'), openSync(target, 'w')] as const;
    work(...files, () => readFileSync(target));
    for (const file of files) closeSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the pinned Node can send from a file', () => assert.equal(sendFile !== null, process.platform === 'linux'));

test('what lies in a file is sent from there, and the rest as it is read', () =>
  withFiles((source, target, written) => {
    const replies = createReplies(target, createOutput(), true);
    const reads: number[] = [];
    replies.fileChunk(OFFSET, LENGTH, CHUNK_DONE, source, (offset, length, into, at) => {
      reads.push(offset);
      content.copy(into, at, offset, offset + length);
    });
    assert.equal(reads[0], OFFSET + IN_FILE, 'nothing is read that the file has');
    const sent = written();
    assert.equal(sent.readUInt32BE(CHUNK_HEADER_BYTES - 4), LENGTH + 8);
    assert.equal(sent.readUInt32BE(CHUNK_HEADER_BYTES + 4), OFFSET);
    assert.ok(sent.subarray(HEADER_BYTES).equals(content.subarray(OFFSET)));
  }));

test('an error in the middle of a chunk ends the connection: it could not be told', () =>
  withFiles((source, target, written) => {
    const replies = createReplies(target, createOutput(), true);
    const fail = () => {
      throw new Error('no such sector');
    };
    assert.throws(() => replies.fileChunk(OFFSET, LENGTH, CHUNK_DONE, source, fail), Disconnected);
    assert.equal(written().length, HEADER_BYTES + IN_FILE);
  }));
