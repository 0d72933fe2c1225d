import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { flushFolder, writeDurably } from '../../base/files.ts';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Root } from '../../blocks/blocks.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { VolumeSpec } from '../volumes.ts';
import { keyCheckOf } from './blockCipher.ts';
import { dataFileBytes } from './blockFile.ts';
import { createStateFile } from './stateFile.ts';

/** `volume.json`: what never changes about a volume. */
export interface VolumeIdentity {
  version: number;
  volumeId: string;
  regionId: string;
  /** What blocks never written read as. */
  baseRoot: Root;
  /** KMS key that it is encrypted under; null: none. */
  keyId: string | null;
  /** What tells that key from others. */
  keyCheck: string | null;
}

/** Programs that know version 1 alone would serve an encrypted volume as it is. */
const PLAIN_VERSION = 1;
const ENCRYPTED_VERSION = 2;
const PLAIN: Pick<VolumeIdentity, 'keyId' | 'keyCheck'> = { keyId: null, keyCheck: null };

export const dataPath = (folder: string) => join(folder, 'data');

/** Made aside and renamed: a volume is there whole or not at all. */
/** `key`: what the spec's `keyId` names. */
export function createVolumeFolder(folder: string, spec: VolumeSpec, key: ContentKey | null = null): void {
  assert(spec.keyId === (key?.id ?? null), 'the key is the one of the spec');
  const aside = join(dirname(folder), `.new-${basename(folder)}`);
  const { volumeId, regionId, baseRoot, sizeBytes } = spec;
  const identity: Partial<VolumeIdentity> = {
    version: key ? ENCRYPTED_VERSION : PLAIN_VERSION,
    volumeId,
    regionId,
    baseRoot,
    ...(key && { keyId: key.id, keyCheck: keyCheckOf(key, volumeId) }),
  };
  try {
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    makeDataFile(dataPath(aside), dataFileBytes(sizeBytes, key !== null));
    createStateFile(aside, { sizeBytes, incrementalRoot: baseRoot, isMarked: 0 });
    writeDurably(join(aside, 'volume.json'), `${JSON.stringify(identity)}\n`, 0o600);
    renameSync(aside, folder);
    flushFolder(dirname(folder));
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw systemFault(error, `create volume ${volumeId}`);
  }
}

function makeDataFile(path: string, sizeBytes: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    ftruncateSync(file, sizeBytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Null: no such volume. */
export function readIdentity(folder: string): VolumeIdentity | null {
  let text: string;
  try {
    text = readFileSync(join(folder, 'volume.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw systemFault(error, `read ${folder}`);
  }
  const identity = { ...PLAIN, ...(JSON.parse(text) as Omit<VolumeIdentity, keyof typeof PLAIN>) };
  checkIdentity(folder, identity);
  return identity;
}

export function checkIdentity(folder: string, { version }: VolumeIdentity): void {
  if (version > ENCRYPTED_VERSION)
    throw new WorldFault('FormatTooNew', `${folder} has version ${version}; this version reads ${ENCRYPTED_VERSION}`);
}

/** Gone at once, under its name, even when freeing its bytes takes long or is cut off. */
export function removeVolumeFolder(folder: string): void {
  const aside = join(dirname(folder), `.gone-${basename(folder)}`);
  try {
    rmSync(aside, { recursive: true, force: true });
    renameSync(folder, aside);
    flushFolder(dirname(folder));
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemFault(error, `remove ${folder}`);
  }
}
