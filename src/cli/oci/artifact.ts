import { CliFault } from '../fault.ts';
import { DIGEST } from './reference.ts';

/**
 * A machine image as an OCI artifact (docs/oci.md): the disk cut at fixed places, each piece with data a layer of its own, compressed. Equal
 * pieces are equal blobs, so what a registry has is not sent again.
 */
export const ARTIFACT_TYPE = 'application/vnd.tongjing.image.v1';
export const CONFIG_TYPE = 'application/vnd.tongjing.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.tongjing.image.disk.v1.raw+zstd';
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** Of a layer: the byte of the disk that its first byte is. */
const OFFSET = 'vnd.tongjing.image.offset';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const SECTOR_BYTES = 512;
export const LARGEST_DISK_BYTES = 2048 * GIB;
const SMALLEST_PIECE_BYTES = MIB;
const LARGEST_PIECE_BYTES = 64 * MIB;
/** A registry refuses more: docker-registry takes 4 MiB. */
export const LARGEST_MANIFEST_BYTES = 4 * MIB;
export const LARGEST_CONFIG_BYTES = 64 * 1024;

/** What is known of the image besides its bytes. */
export interface ImageConfig {
  /** Of this format. */
  version: 1;
  name: string;
  description: string;
  architecture: 'i386' | 'x86_64' | 'arm64';
  osType: 'linux' | 'windows';
  platform: string;
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  sizeBytes: number;
  /** The disk is cut at its multiples. */
  pieceBytes: number;
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** A piece of the disk that is not all zeros. */
export interface Layer extends Descriptor {
  offset: number;
}

/** Small, so that a small change is a small blob; larger where there would be more layers than a manifest holds. */
export function pieceBytesOf(sizeBytes: number): number {
  if (sizeBytes <= 64 * GIB) return 16 * MIB;
  return sizeBytes <= 128 * GIB ? 32 * MIB : LARGEST_PIECE_BYTES;
}

export function writeManifest(config: Descriptor, layers: readonly Layer[], name: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: ARTIFACT_TYPE,
      config,
      layers: layers.map(({ offset, ...layer }) => ({ ...layer, annotations: { [OFFSET]: String(offset) } })),
      annotations: { 'org.opencontainers.image.title': name },
    }),
  );
}

/** What a manifest says, as far as it can be believed before its blobs are there. Throws what is wrong with it. */
export function readManifest(bytes: Uint8Array): { config: Descriptor; layers: Layer[] } {
  const manifest = objectIn(bytes, 'manifest');
  if (manifest['schemaVersion'] !== 2 || manifest['artifactType'] !== ARTIFACT_TYPE) {
    throw new CliFault('NoMachineImage', 'What is there is no machine image of Tongjing’s.');
  }
  const config = descriptorOf(manifest['config'], CONFIG_TYPE, LARGEST_CONFIG_BYTES);
  const layers = manifest['layers'];
  if (!Array.isArray(layers)) throw malformed('layers');
  return {
    config,
    layers: (layers as unknown[]).map((layer) => {
      const { annotations } = recordOf(layer, 'layer');
      const offset = recordOf(annotations, 'layer')[OFFSET];
      if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset)) throw malformed('layer');
      return { ...descriptorOf(layer, LAYER_TYPE, mostOf(LARGEST_PIECE_BYTES)), offset: Number(offset) };
    }),
  };
}

/** What the config says of the image; `layers` have to fit it. */
export function readConfig(bytes: Uint8Array, layers: readonly Layer[]): ImageConfig {
  const config = objectIn(bytes, 'config');
  if (config['version'] !== 1) {
    throw new CliFault('FormatTooNew', `The artifact is of version ${shortly(config['version'])}; this is 1.`);
  }
  const sizeBytes = config['sizeBytes'];
  const pieceBytes = config['pieceBytes'];
  if (!isWhole(sizeBytes, LARGEST_DISK_BYTES) || sizeBytes === 0 || sizeBytes % SECTOR_BYTES > 0) {
    throw malformed('sizeBytes');
  }
  const isPiece = isWhole(pieceBytes, LARGEST_PIECE_BYTES) && pieceBytes >= SMALLEST_PIECE_BYTES;
  if (!isPiece || (pieceBytes & (pieceBytes - 1)) !== 0) throw malformed('pieceBytes');
  let next = 0;
  for (const { offset, size } of layers) {
    if (offset < next || offset >= sizeBytes || offset % pieceBytes > 0) throw malformed('layer');
    if (size > mostOf(pieceBytes)) throw malformed('layer');
    next = offset + pieceBytes;
  }
  return {
    version: 1,
    name: textOf(config['name'], 128),
    description: textOf(config['description'], 256),
    architecture: oneOf(config['architecture'], ['i386', 'x86_64', 'arm64']),
    osType: oneOf(config['osType'], ['linux', 'windows']),
    platform: textOf(config['platform'], 64),
    bootMode: oneOf(config['bootMode'], ['BIOS', 'UEFI', 'UEFI-Preferred']),
    sizeBytes,
    pieceBytes,
  };
}

/** Zstandard's own bound for what does not compress, rounded up. */
const mostOf = (plainBytes: number): number => plainBytes + (plainBytes >> 8) + 1024;

function descriptorOf(value: unknown, mediaType: string, mostBytes: number): Descriptor {
  const { mediaType: type, digest, size } = recordOf(value, 'descriptor');
  const isSound = type === mediaType && typeof digest === 'string' && DIGEST.test(digest);
  if (!isSound || !isWhole(size, mostBytes)) throw malformed('descriptor');
  return { mediaType, digest, size };
}

function objectIn(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed(what);
  }
  return recordOf(value, what);
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what);
  return value as Record<string, unknown>;
}

const isWhole = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;

function textOf(value: unknown, longest: number): string {
  if (typeof value !== 'string' || value.length > longest || /\p{Cc}/u.test(value)) {
    throw malformed('config');
  }
  return value;
}

function oneOf<const Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw malformed('config');
  return found;
}

const shortly = (value: unknown): string => (typeof value === 'number' ? String(value) : 'another kind');

const malformed = (what: string): CliFault =>
  new CliFault('RegistryData', `The artifact is not as it should be: its ${what}.`);
