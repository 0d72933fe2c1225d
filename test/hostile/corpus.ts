import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { DiskFile } from '../../src/disks/formats/source.ts';
import { seededBytes } from '../world.ts';

/** A file that somebody made to do harm, and what has to come of it. */
export interface Hostile {
  name: string;
  bytes: Buffer;
  format: DiskFile['format'];
  packing?: DiskFile['packing'];
  /** `either`: what was changed may be data; then it is taken as data. */
  outcome: 'refused' | 'either';
  /** A sound file that was damaged: those that a look refuses need not be imported to see it. */
  isDamaged?: true;
  /** Of the fault, where only one will do. */
  code?: string;
}

interface Seed extends Omit<Hostile, 'outcome'> {
  /** Where its header's fields begin. */
  fields: readonly number[];
}

const MIB = 2 ** 20;
const MUTATIONS = 2;

const sh = (script: string, ...argv: string[]) =>
  execFileSync('sh', ['-ec', script, 'sh', ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });

/** The same sound disk in every format and packing. */
function soundFiles(folder: string): Seed[] {
  const raw = join(folder, 'disk.raw');
  writeFileSync(raw, Buffer.concat([Buffer.alloc(200_000, 'some text '), Buffer.alloc(MIB - 200_000)]));
  const made = (name: string, format: Seed['format'], fields: readonly number[], ...options: string[]): Seed => {
    const path = join(folder, name);
    execFileSync('qemu-img', ['convert', '-q', '-f', 'raw', ...options, raw, path]);
    return { name, bytes: readFileSync(path), format, fields };
  };
  const tar = (style: string): Seed => {
    const path = join(folder, `${style}.tar`);
    sh('tar -C "$1" --sparse --format="$3" -b1 -cf "$2" disk.raw', folder, path, style);
    const fields = [100, 124, 136, 148, 156, 257, 345, 512, 1024];
    return { name: `${style}.tar`, bytes: readFileSync(path), format: 'raw', packing: 'tar', fields };
  };
  sh('xz -0 -k "$1"', raw);
  const packed = (packing: 'gz' | 'zst' | 'xz', bytes: Buffer): Seed => {
    return { name: `raw.${packing}`, bytes, format: 'raw', packing, fields: [1, 2, 3, 4, 6, 8, 10, 12, 24] };
  };
  const plain = readFileSync(raw);
  const qcow2 = [4, 8, 16, 20, 24, 32, 36, 40, 48, 56, 60, 64, 72, 80, 88, 96, 100, 104];
  const vhdx = [65_536, 131_072, 196_608, 196_616, 196_624, 196_640, 262_144].map((at) => at + 4);
  return [
    made('v3.qcow2', 'qcow2', qcow2, '-O', 'qcow2', '-o', 'cluster_size=4k'),
    made('v2.qcow2', 'qcow2', qcow2.slice(0, 12), '-O', 'qcow2', '-o', 'compat=0.10'),
    made('zstd.qcow2', 'qcow2', qcow2, '-c', '-O', 'qcow2', '-o', 'compression_type=zstd'),
    made('fixed.vhd', 'vhd', [8, 12, 16, 24, 40, 48, 60, 64], '-O', 'vpc', '-o', 'subformat=fixed,force_size=on'),
    made(
      'dynamic.vhd',
      'vhd',
      [8, 16, 48, 60, 64, 520, 528, 536, 540, 544, 548, 1536],
      '-O',
      'vpc',
      '-o',
      'force_size=on',
    ),
    made('sparse.vmdk', 'vmdk', [4, 8, 12, 20, 28, 36, 44, 48, 56, 64, 77, 512], '-O', 'vmdk'),
    made('stream.vmdk', 'vmdk', [4, 12, 28, 36, 44, 56, 64], '-O', 'vmdk', '-o', 'subformat=streamOptimized'),
    made('disk.vdi', 'vdi', [64, 68, 72, 76, 340, 344, 368, 376, 384, 388, 424, 512], '-O', 'vdi'),
    made('disk.vhdx', 'vhdx', vhdx, '-O', 'vhdx'),
    tar('gnu'),
    tar('posix'),
    packed('gz', gzipSync(plain)),
    packed('zst', zstdCompressSync(plain)),
    packed('xz', readFileSync(`${raw}.xz`)),
  ];
}

/** `bytes` with others from `at` on. */
function patched(bytes: Buffer, ...patches: [at: number, change: Buffer | string][]): Buffer {
  const result = Buffer.from(bytes);
  for (const [at, change] of patches) Buffer.from(change as string, 'latin1').copy(result, at);
  return result;
}

const wide = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

/** Each names `secret`, a file beside it, in its format's own way. */
function reaching(folder: string, sound: (name: string) => Buffer, secret: string): Hostile[] {
  const make = (name: string, script: string): Buffer => {
    sh(script, folder, secret, join(folder, name));
    return readFileSync(join(folder, name));
  };
  const refused = (name: string, format: Hostile['format'], bytes: Buffer, packing?: Hostile['packing']): Hostile => ({
    name,
    bytes,
    format,
    packing,
    outcome: 'refused',
  });
  const descriptor = (extent: string) =>
    `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 ${extent}\n`;
  const vmdk = sound('sparse.vmdk');
  const text = vmdk.toString('latin1', 512, 1536);
  const inVmdk = (from: RegExp, to: string) => patched(vmdk, [512, Buffer.alloc(1024)], [512, text.replace(from, to)]);
  const vhdx = sound('disk.vhdx');
  const parameters = vhdx.indexOf(Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex'));
  const metadata = vhdx.lastIndexOf('metadata', parameters, 'latin1');
  const flags = metadata + vhdx.readUInt32LE(parameters + 16) + 4;
  const locator = Buffer.from('2d5fd3a80bb34d45abf7d3d84834ab0c', 'hex');
  const tarOf = (name: string, script: string) => {
    const bytes = make(name, `mkdir "$3.d"; cd "$3.d"; ${script}; rm -r "$3.d"`);
    return refused(name, 'raw', bytes, 'tar');
  };
  return [
    refused('backed.qcow2', 'qcow2', make('backed.qcow2', 'qemu-img create -q -f qcow2 -F raw -b "$2" "$3"')),
    refused(
      'data-file.qcow2',
      'qcow2',
      make(
        'data-file.qcow2',
        'cp "$2" "$3.data"; qemu-img create -q -f qcow2 -o data_file="$3.data",data_file_raw=on "$3" 1M',
      ),
    ),
    refused('flat-descriptor.vmdk', 'vmdk', Buffer.from(descriptor(`FLAT "${secret}" 0`))),
    refused('device-descriptor.vmdk', 'vmdk', Buffer.from(descriptor('FLAT "/dev/sda" 0'))),
    refused('zero-descriptor.vmdk', 'vmdk', Buffer.from(descriptor('ZERO'))),
    refused('descriptor.raw', 'raw', Buffer.from(descriptor(`FLAT "${secret}" 0`).padEnd(1024))),
    refused('parent-hint.vmdk', 'vmdk', inVmdk(/\n#DDB|\n# The Disk Data Base/, `\nparentFileNameHint="${secret}"$&`)),
    refused('parent-id.vmdk', 'vmdk', inVmdk(/parentCID=ffffffff/, 'parentCID=12345678')),
    refused('other-extent.vmdk', 'vmdk', inVmdk(/SPARSE "[^"]*"/, `FLAT "${secret}" 0`)),
    refused('flat-type.vmdk', 'vmdk', inVmdk(/monolithicSparse/, 'monolithicFlat')),
    refused('differencing.vdi', 'vdi', patched(sound('disk.vdi'), [76, '\x04\0\0\0'])),
    refused('parent.vdi', 'vdi', patched(sound('disk.vdi'), [424, 'parent of this!!'])),
    refused('differencing.vhd', 'vhd', summed(patched(sound('dynamic.vhd'), [60, '\0\0\0\x04']))),
    refused('parent.vhd', 'vhd', summed(patched(sound('dynamic.vhd'), [512 + 40, 'parent of this!!']))),
    refused('has-parent.vhdx', 'vhdx', patched(vhdx, [flags, '\x02\0\0\0'])),
    refused('parent-locator.vhdx', 'vhdx', patched(vhdx, [parameters + 32, locator])),
    tarOf('link.tar', 'ln -s "$2" disk.raw; tar -cf "$3" disk.raw'),
    tarOf('hardlink.tar', 'echo a > a; ln a b; tar -cf "$3" a b'),
    tarOf('pipe.tar', 'mkfifo disk.raw; tar -cf "$3" disk.raw'),
    tarOf('two.tar', 'echo a > a; echo b > b; tar -cf "$3" a b'),
    tarOf('volume.tar', 'echo a > a; tar -V label -cf "$3" a; tar --delete -f "$3" a'),
  ];
}

/** A VHD's footers and header with sums that fit. */
function summed(bytes: Buffer): Buffer {
  const parts = [
    [0, 512, 64],
    [512, 1024, 36],
  ] as const;
  for (const [at, length, field] of parts) {
    bytes.writeUInt32BE(0, at + field);
    const sum = bytes.subarray(at, at + length).reduce((total, byte) => total + byte, 0);
    bytes.writeUInt32BE(~sum >>> 0, at + field);
  }
  bytes.copy(bytes, bytes.length - 512, 0, 512);
  return bytes;
}

/** Small files that say they are vast, or that use what they hold again and again. */
function vast(sound: (name: string) => Buffer): Hostile[] {
  const zst = execFileSync('sh', ['-c', 'head -c 200M /dev/zero | zstd -1 -q -c']);
  const vhdx = sound('disk.vhdx');
  const blocks = vhdx.indexOf(Buffer.from('6677c22d23f600429d64115e9bfd4a08', 'hex'));
  const table = Number(vhdx.readBigUInt64LE(blocks + 16));
  const block = vhdx.subarray(table, table + 8);
  const repeated = patched(vhdx, ...Array.from({ length: 64 }, (_, at): [number, Buffer] => [table + at * 8, block]));
  const vdi = sound('disk.vdi');
  const VDI_BLOCKS = 64;
  const blockOften = patched(
    vdi,
    [368, wide(BigInt(VDI_BLOCKS * MIB))],
    [384, Buffer.from([VDI_BLOCKS, 0, 0, 0])],
    [vdi.readUInt32LE(340), Buffer.alloc(VDI_BLOCKS * 4)],
  );
  const files: Omit<Hostile, 'outcome'>[] = [
    { name: 'zeros.raw.zst', bytes: zst, format: 'raw', packing: 'zst' },
    { name: 'size.qcow2', bytes: patched(sound('v3.qcow2'), [24, Buffer.alloc(8, 0x7f)]), format: 'qcow2' },
    { name: 'tables.qcow2', bytes: patched(sound('v3.qcow2'), [36, Buffer.alloc(4, 0x7f)]), format: 'qcow2' },
    {
      name: 'size.vhd',
      bytes: summed(patched(sound('dynamic.vhd'), [48, '\0\0\x7f\0\0\0\0\0'])),
      format: 'vhd',
      code: 'VhdSizeInvalid',
    },
    { name: 'size.vmdk', bytes: patched(sound('sparse.vmdk'), [12, wide(2n ** 60n)]), format: 'vmdk' },
    { name: 'size.vdi', bytes: patched(sound('disk.vdi'), [368, wide(2n ** 62n)]), format: 'vdi' },
    { name: 'repeated.vhdx', bytes: repeated, format: 'vhdx' },
    { name: 'repeated.vdi', bytes: blockOften, format: 'vdi' },
    { name: 'repeated-tables.vmdk', bytes: repeatedVmdk({ tables: 2048, isCompressed: false }), format: 'vmdk' },
    { name: 'repeated-grains.vmdk', bytes: repeatedVmdk({ tables: 1, isCompressed: false }), format: 'vmdk' },
    { name: 'repeated-packed-grains.vmdk', bytes: repeatedVmdk({ tables: 1, isCompressed: true }), format: 'vmdk' },
  ];
  return files.map((file) => ({ ...file, outcome: 'refused' }));
}

/** A sparse extent ("Virtual Disk Format 5.0") of 32 MiB a table, of which every grain table is one and every grain the same. */
function repeatedVmdk({ tables, isCompressed }: { tables: number; isCompressed: boolean }): Buffer {
  const GRAIN_SECTORS = 128;
  const TABLE_ENTRIES = 512;
  const [descriptorAt, directoryAt, tableAt, grainAt] = [1, 3, 19, 23];
  const capacity = tables * TABLE_ENTRIES * GRAIN_SECTORS;
  const grain = Buffer.alloc(GRAIN_SECTORS * 512, 'grain ');
  const packed = deflateSync(grain);
  const bytes = Buffer.concat([Buffer.alloc(grainAt * 512), isCompressed ? Buffer.alloc(1024) : grain]);
  if (isCompressed) {
    bytes.writeUInt32LE(packed.length, grainAt * 512 + 8);
    packed.copy(bytes, grainAt * 512 + 12);
    bytes.writeUInt16LE(1, 77);
  }
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(isCompressed ? 0x30001 : 1, 8);
  const header = [capacity, GRAIN_SECTORS, descriptorAt, 2] as const;
  for (const [at, value] of header.entries()) bytes.writeBigUInt64LE(BigInt(value), 12 + at * 8);
  bytes.writeUInt32LE(TABLE_ENTRIES, 44);
  bytes.writeBigUInt64LE(BigInt(directoryAt), 56);
  bytes.writeBigUInt64LE(BigInt(grainAt), 64);
  bytes.write('\n \r\n', 73, 'latin1');
  const extent = `RW ${capacity} SPARSE "disk.vmdk"`;
  bytes.write(
    `# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType="monolithicSparse"\n${extent}\n`,
    descriptorAt * 512,
  );
  for (let table = 0; table < tables; table++) bytes.writeUInt32LE(tableAt, directoryAt * 512 + table * 4);
  for (let entry = 0; entry < TABLE_ENTRIES; entry++) bytes.writeUInt32LE(grainAt, tableAt * 512 + entry * 4);
  return bytes;
}

/** What is another thing than it is said to be, or two things at once. */
function disguised(seeds: readonly Seed[], sound: (name: string) => Buffer): Hostile[] {
  const asRaw = seeds.map(({ name, bytes }) => ({ name: `${name} as raw`, bytes, format: 'raw' as const }));
  const footer = sound('fixed.vhd').subarray(-512);
  const both = ['v3.qcow2', 'sparse.vmdk', 'disk.vdi', 'disk.vhdx'].map((name) => ({
    name: `${name} with a VHD's end`,
    bytes: Buffer.concat([sound(name), footer]),
    format: seeds.find((seed) => seed.name === name)!.format,
  }));
  return [...asRaw, ...both].map((file) => ({ ...file, outcome: 'refused' }));
}

/** Ends at each field, every other field all ones, and changes anywhere near the fields. */
function* broken(
  { name, bytes, format, packing, fields }: Seed,
  random: (below: number) => number,
): Generator<Hostile> {
  const file = { format, packing, isDamaged: true } as const;
  for (const [index, at] of fields.entries()) {
    yield { ...file, name: `${name} ends at ${at}`, bytes: bytes.subarray(0, at), outcome: 'refused' };
    if (index % 2 === 1) continue;
    const ones = patched(bytes, [at, Buffer.alloc(4, 0xff)]);
    yield { ...file, name: `${name} all ones at ${at}`, bytes: ones, outcome: 'either' };
  }
  for (let mutation = 0; mutation < MUTATIONS; mutation++) {
    const changes = Array.from({ length: 1 + random(5) }, (): [number, Buffer] => [
      fields[random(fields.length)]! + random(16),
      Buffer.of(random(256)),
    ]);
    yield { ...file, name: `${name} mutation ${mutation}`, bytes: patched(bytes, ...changes), outcome: 'either' };
  }
}

/** Made in `folder`, one at a time; `secret` is the file that some of them want to be read. The same ones every time. */
export function* hostileCorpus(folder: string, secret: string): Generator<Hostile> {
  const bytes = seededBytes(5);
  const random = (below: number) => Buffer.from(bytes(4)).readUInt32LE() % below;
  const seeds = soundFiles(folder);
  const sound = (name: string) => seeds.find((seed) => seed.name === name)!.bytes;
  yield* reaching(folder, sound, secret);
  yield* vast(sound);
  yield* disguised(seeds, sound);
  for (const seed of seeds) yield* broken(seed, random);
}
