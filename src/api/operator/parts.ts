import { isAbsolute } from 'node:path';
import { DISK_FORMATS, imageFormOf, PACKINGS, type DiskFormat, type Packing } from '../../rules/imageForms.ts';
import { isPrintable } from '../../rules/names.ts';
import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Blocks } from '../../blocks/blocks.ts';
import { ApiError } from '../../contract/errors.ts';
import type { Transfers } from '../../disks/transfers.ts';
import type { Volumes } from '../../disks/volumes.ts';
import type { Keys } from '../../keys/keys.ts';
import type { Runner } from '../../jobs/runner.ts';
import type { Database } from '../../records/database.ts';
import type { Operator } from '../../records/operator.ts';
import type { Saved, SaveOptions } from '../../state/save.ts';
import type { Metrics } from '../metrics.ts';

/** What a reset replaces. */
export interface Core {
  database: Database;
  clock: Clock;
  ids: Ids;
  jobs: Runner;
  blocks: Blocks;
  volumes: Volumes;
  transfers: Transfers;
  keys: Keys;
  operator: Operator;
}

export interface OperatorParts {
  core(): Core;
  /** Everything back to the first start, credentials apart. */
  reset(): Promise<void>;
  /** The world as one file; nothing else is done meanwhile. */
  save(path: string, options: SaveOptions): Promise<Saved>;
  isReady(): boolean;
  metrics: Metrics;
  log: Log;
  /** What the bearer has to show. */
  token: string;
  /** Of the service. */
  version: string;
}

export interface OperatorRequest {
  body: Readonly<Record<string, unknown>>;
  /** What stood for each `:name` of the path. */
  ids: readonly string[];
}

export type OperatorResult =
  | { status?: number; json: unknown }
  /** A stream is sent as it comes: long work shows its progress, one JSON document per line. */
  | { status?: number; text: string | AsyncIterable<string>; contentType: string };

export interface Route {
  method: 'GET' | 'POST';
  /** After `/_tongjing/`. */
  path: string;
  /** Needs no token. */
  isOpen?: true;
  run(request: OperatorRequest, parts: OperatorParts): Promise<OperatorResult>;
}

/** A string of the body, `fallback` when it is absent. */
export function textIn(body: OperatorRequest['body'], name: string, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (typeof value !== 'string' || value === '') throw badField(name, 'a text');
  return value;
}

/** The same, of at most 64 characters that show as what they are, on one line. */
export function lineIn(body: OperatorRequest['body'], name: string, fallback?: string): string {
  const text = textIn(body, name, fallback);
  if (text.length > 64 || text.trim() !== text || !isPrintable(text)) {
    throw badField(name, 'a text of at most 64 characters, without control characters and without a space at its ends');
  }
  return text;
}

/** `path`: of a file on this host. */
export function pathIn(body: OperatorRequest['body']): string {
  const path = textIn(body, 'path');
  if (!isAbsolute(path) || path.includes('\0')) throw badField('path', 'absolute');
  return path;
}

export function choiceIn<T extends string>(
  body: OperatorRequest['body'],
  name: string,
  choices: readonly T[],
  fallback?: T,
): T {
  const value = body[name] ?? fallback;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw badField(name, `one of ${choices.join(', ')}`);
  return found;
}

/** `format`: what a disk file is (`qcow2`, `raw.tar.gz`). `forceRaw`: its bytes are the disk, although they look like another format. */
export function formIn(body: OperatorRequest['body']): {
  format: DiskFormat;
  packing: Packing | null;
  asToldRaw: boolean;
} {
  const form = imageFormOf(textIn(body, 'format'));
  if (!form)
    throw badField('format', `one of ${DISK_FORMATS.join(', ')}, with one of ${PACKINGS.join(', ')} behind it`);
  const { format, packing } = { ...form, format: form.format ?? 'raw' };
  const asToldRaw = flagIn(body, 'forceRaw');
  if (asToldRaw && format !== 'raw') throw badField('forceRaw', 'said of raw disks alone');
  return { format, packing, asToldRaw };
}

export function flagIn(body: OperatorRequest['body'], name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') throw badField(name, 'true or false');
  return value;
}

export function badField(name: string, wanted: string): ApiError {
  return new ApiError(400, 'InvalidParameter', `${name} must be ${wanted}.`);
}
