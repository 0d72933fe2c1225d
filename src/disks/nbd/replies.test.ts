import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeRequest } from './client.ts';
import { readOnlyPart, type Device } from './device.ts';
import { createOutput, createReplies } from './replies.ts';
import { Disconnected } from './requests.ts';
import { sendFile } from './sendFile.ts';
import { createTransmissionBuffers, serveTransmission } from './server.ts';
import { CHUNK_DONE, CHUNK_HEADER_BYTES, ChunkType, Command, DeviceFault, Errno } from './wire.ts';

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
    const files = [openSync(source, 'r'), openSync(target, 'w+')] as const;
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

test('after such an error the file is read before anything is sent, and the next client is told', () =>
  withFiles((source, target, written) => {
    const buffers = createTransmissionBuffers();
    const faults: string[] = [];
    const device: Device = {
      ...readOnlyPart,
      sizeBytes: () => OFFSET + LENGTH,
      inFile: (_, length) => ({ file: source, length }),
      read(offset) {
        if (offset >= OFFSET + IN_FILE) throw new DeviceFault(Errno.EIO, 'no such sector');
      },
      extents: (_, length) => [{ length, isZero: false }],
    };
    // A file takes what a socket would, and has nothing more to ask.
    const serve = (offset: number) =>
      serveTransmission(
        {
          fd: target,
          agreement: { structuredReplies: true, allocationContext: false },
          rest: encodeRequest(Command.read, 0, 1n, offset, LENGTH - IN_FILE),
          device,
          mayGoOn: () => true,
          onFault: (_, what) => faults.push(what),
        },
        buffers,
      );
    serve(OFFSET + IN_FILE);
    assert.equal(written().length, HEADER_BYTES);
    serve(OFFSET + IN_FILE);
    const answer = written().subarray(HEADER_BYTES);
    assert.equal(answer.readUInt16BE(6), ChunkType.error);
    assert.equal(answer.readUInt32BE(CHUNK_HEADER_BYTES), Errno.EIO);
    assert.deepEqual(faults, ['read', 'read']);
  }));
