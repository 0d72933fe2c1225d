import type { RunningHash } from './algorithms.ts';

/**
 * A reflected CRC-64 that begins and ends with all bits turned (CRC-64/XZ, CRC-64/NVME), sixteen bytes at a step: the slowest thing that is done with every
 * byte would be this one otherwise. JavaScript has no quick 64-bit arithmetic, so the step is a few hundred bytes of WebAssembly.
 */
export async function createRunningCrc64(polynomialHex: string): Promise<RunningHash> {
  const { tables, step, memory } = await loadStep(polynomialHex);
  let crc = ALL;
  return {
    update(bytes) {
      const whole = bytes.length - (bytes.length % STEP_BYTES);
      for (let at = 0; at < whole;) {
        const piece = bytes.subarray(at, Math.min(whole, at + ROOM_BYTES));
        memory.set(piece, TABLES_BYTES);
        crc = BigInt.asUintN(64, step(crc, TABLES_BYTES, TABLES_BYTES + piece.length));
        at += piece.length;
      }
      for (let at = whole; at < bytes.length; at++) crc = (crc >> 8n) ^ tables[Number(crc & 0xffn) ^ bytes[at]!]!;
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeBigUInt64BE(crc ^ ALL);
      return out;
    },
  };
}

const ALL = 2n ** 64n - 1n;
const STEP_BYTES = 16;
const TABLE_LENGTH = 256;
const TABLES_BYTES = STEP_BYTES * TABLE_LENGTH * 8;
const PAGE_BYTES = 65536;
const PAGES = 5;
/** For the bytes, behind the tables. */
const ROOM_BYTES = PAGES * PAGE_BYTES - TABLES_BYTES;

interface Exports {
  memory: { buffer: ArrayBuffer };
  step(crc: bigint, from: number, to: number): bigint;
}

/** Not among the types of Node or of the language. */
declare const WebAssembly: { instantiate(module: Uint8Array): Promise<{ instance: { exports: unknown } }> };

async function loadStep(polynomialHex: string) {
  const { instance } = await WebAssembly.instantiate(MODULE);
  const { memory, step } = instance.exports as Exports;
  const tables = new BigUint64Array(memory.buffer, 0, STEP_BYTES * TABLE_LENGTH);
  fillTables(tables, BigInt(`0x${polynomialHex}`));
  return { tables, step, memory: new Uint8Array(memory.buffer) };
}

/** Table n: what a byte makes of the sum when n bytes follow it. */
function fillTables(tables: BigUint64Array, polynomial: bigint): void {
  for (let byte = 0; byte < TABLE_LENGTH; byte++) {
    let sum = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) sum = sum & 1n ? (sum >> 1n) ^ polynomial : sum >> 1n;
    tables[byte] = sum;
  }
  for (let at = TABLE_LENGTH; at < tables.length; at++) {
    const before = tables[at - TABLE_LENGTH]!;
    tables[at] = (before >> 8n) ^ tables[Number(before & 0xffn)]!;
  }
}

/**
 * `step(crc: i64, from: i32, to: i32): i64` over the module's own memory; `to - from` is a multiple of 16, and not 0.
 * Source of the encoding: WebAssembly core specification, "Binary format".
 */
const MODULE = assemble();

function assemble(): Uint8Array<ArrayBuffer> {
  const [I32, I64] = [0x7f, 0x7e];
  const [CRC, FROM, TO, NEXT] = [0, 1, 2, 3];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const load64 = (offset: number) => [0x29, 0, ...unsigned(offset)];
  const i32 = (value: number) => [0x41, ...signed(value)];
  const i64 = (value: number) => [0x42, ...signed(value)];
  const [XOR64, SHL64, SHR64, WRAP, AND32, ADD32, LESS32] = [0x85, 0x86, 0x88, 0xa7, 0x71, 0x6a, 0x49];
  // The table's entry for byte n of a local, which stands so many bytes before the end of the step.
  const entry = (local: number, byte: number, before: number) => [
    ...get(local),
    ...(byte === 0 ? [...i64(3), SHL64] : [...i64(byte * 8 - 3), SHR64]),
    WRAP,
    ...i32(0xff * 8),
    AND32,
    ...load64(before * TABLE_LENGTH * 8),
  ];
  const bytes = [0, 1, 2, 3, 4, 5, 6, 7];
  const entries = [
    ...bytes.map((byte) => entry(CRC, byte, 15 - byte)),
    ...bytes.map((byte) => entry(NEXT, byte, 7 - byte)),
  ];
  // As a tree: in a row, each would wait for the one before it.
  const sum = (parts: number[][]): number[] => {
    const middle = parts.length >> 1;
    return middle === 0 ? parts[0]! : [...sum(parts.slice(0, middle)), ...sum(parts.slice(middle)), XOR64];
  };
  const loop = [
    [...get(CRC), ...get(FROM), ...load64(0), XOR64, ...set(CRC)],
    [...get(FROM), ...load64(8), ...set(NEXT)],
    [...sum(entries), ...set(CRC)],
    [...get(FROM), ...i32(STEP_BYTES), ADD32, ...set(FROM)],
    [...get(FROM), ...get(TO), LESS32],
  ].flat();
  const code = [1, 1, I64, 0x03, 0x40, ...loop, 0x0d, 0, 0x0b, ...get(CRC), 0x0b];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  return Uint8Array.from([
    ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(1, [1, 0x60, 3, I64, I32, I32, 1, I64]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, PAGES]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('step'), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 of a positive number, with room for its sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
