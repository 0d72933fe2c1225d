import type { Encode, StreamFormat, Write } from './format.ts';
import { createQcow2Encoder, writeQcow2 } from './qcow2.ts';
import { createRawTarGzEncoder, writeRawTarGz } from './rawTarGz.ts';
import { createVhdEncoder, writeVhd } from './vhd.ts';
import { createVmdkEncoder, writeVmdk } from './vmdk.ts';

/** THE table of formats that a disk is written in: what threads do with each window, and what becomes of it. */
export const streamFormats: Readonly<Record<StreamFormat, { createEncoder: () => Encode; write: Write }>> = {
  'raw.tar.gz': { createEncoder: createRawTarGzEncoder, write: writeRawTarGz },
  qcow2: { createEncoder: createQcow2Encoder, write: writeQcow2 },
  vhd: { createEncoder: createVhdEncoder, write: writeVhd },
  vmdk: { createEncoder: createVmdkEncoder, write: writeVmdk },
};
