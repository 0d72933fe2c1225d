import type { Account } from './client.ts';
import { addAll, addTag, setTags, tagsAt, type Content } from './content.ts';

export interface ModelDisk {
  id: string;
  account: Account;
  regionId: string;
  sizeBytes: number;
  /** What it grows to when its instance starts; 0: nothing. */
  pendingBytes: number;
  isSystem: boolean;
  instanceId: string | null;
  /** Has been attached once, and may be snapshot. */
  wasAttached: boolean;
  /** What a read finds. */
  now: Content;
  /** What a read finds once its process was killed. */
  afterCrash: Content;
  /** How often its process was killed. */
  crashes: number;
  /** Nothing happened to its bytes since they were read. */
  isChecked: boolean;
  /** Snapshots that may or may not have been taken yet: they may hold all that is written meanwhile. */
  watchers: Set<Content>;
}

export interface ModelSnapshot {
  id: string;
  account: Account;
  regionId: string;
  sizeBytes: number;
  content: Content;
  isSystem: boolean;
  /** The disk that it can be rolled back on. */
  diskId: string | null;
}

export interface ModelImage {
  id: string;
  account: Account;
  regionId: string;
  /** System disk first. */
  disks: { snapshotId: string; content: Content; sizeBytes: number }[];
  sharedWith: Set<Account>;
}

export interface ModelInstance {
  id: string;
  account: Account;
  regionId: string;
  isRunning: boolean;
}

/** What must be there. */
export interface Model {
  disks: Map<string, ModelDisk>;
  snapshots: Map<string, ModelSnapshot>;
  images: Map<string, ModelImage>;
  instances: Map<string, ModelInstance>;
}

export const createModel = (): Model => ({
  disks: new Map(),
  snapshots: new Map(),
  images: new Map(),
  instances: new Map(),
});

export function addDisk(
  model: Model,
  disk: Pick<ModelDisk, 'id' | 'account' | 'regionId' | 'sizeBytes' | 'isSystem' | 'instanceId'>,
  content: Content,
): void {
  model.disks.set(disk.id, {
    ...disk,
    pendingBytes: 0,
    wasAttached: disk.instanceId !== null,
    now: new Map(content),
    afterCrash: new Map(content),
    crashes: 0,
    isChecked: false,
    watchers: new Set(),
  });
}

/** A write is on its way: from now on a read may find it. */
export function writeBegins(disk: ModelDisk, block: number, tag: number): void {
  disk.isChecked = false;
  for (const content of [disk.now, disk.afterCrash, ...disk.watchers]) addTag(content, block, tag);
}

/** It was acknowledged, by a process that lived since before `crashes`. */
export function writeEnded(disk: ModelDisk, block: number, tag: number, crashes: number): void {
  if (disk.crashes === crashes) setTags(disk.now, block, new Set([tag]));
}

/** A flush of all that was acknowledged was acknowledged. */
export function flushed(disk: ModelDisk, blocks: Iterable<number>, crashes: number): void {
  if (disk.crashes !== crashes) return;
  for (const block of blocks) setTags(disk.afterCrash, block, tagsAt(disk.now, block));
}

/** Its process was killed: what was not flushed may be there or not. */
export function crashed(disk: ModelDisk): void {
  disk.crashes++;
  disk.isChecked = false;
  disk.now = new Map(disk.afterCrash);
  for (const content of disk.watchers) addAll(content, disk.afterCrash);
}

/** Its process ended in good order. */
export function closed(disk: ModelDisk): void {
  disk.isChecked = false;
  addAll(disk.now, disk.afterCrash);
  for (const content of disk.watchers) addAll(content, disk.afterCrash);
}

/** What a read found is what is there, and durable after the flush that followed. */
export function known(disk: ModelDisk): void {
  disk.afterCrash = new Map(disk.now);
  disk.isChecked = true;
}
