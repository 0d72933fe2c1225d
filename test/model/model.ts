import type { Tenant } from '../requirements/world.ts';

/**
 * What accounts have in which region, and what of it they see: a model of the service, written from the requirements and the reference pages,
 * that shares no code with it. Things that are gone stay in it: ids are asked for afterwards, too.
 */
export interface Model {
  images: Map<string, Image>;
  snapshots: Map<string, Snapshot>;
  disks: Map<string, Disk>;
  instances: Map<string, Instance>;
  /** Steps done: service time. */
  now: number;
}

interface Thing {
  id: string;
  /** null: the operator, who made the public images. */
  owner: Tenant | null;
  regionId: string;
  isGone: boolean;
}

/** What a disk holds, as one text; empty: nothing was ever written. */
export type Content = string;

export interface Image extends Thing {
  state: 'available' | 'copying' | 'creating';
  isCopied: boolean;
  /** What it was copied from. */
  source: Image | null;
  /** System disk first. */
  disks: ImageDisk[];
  sharedWith: Set<Tenant>;
  /** Who may know of it though it was taken back. */
  wasSharedWith: Set<Tenant>;
}

export interface ImageDisk {
  type: 'system' | 'data';
  device: string;
  gib: number;
  content: Content;
  snapshot: Snapshot | null;
}

export interface Snapshot extends Thing {
  isReady: boolean;
  /** Of which it can be rolled back. */
  disk: Disk | null;
  type: 'system' | 'data';
  gib: number;
  content: Content;
}

export interface Disk extends Thing {
  type: 'system' | 'data';
  gib: number;
  content: Content;
  instance: Instance | null;
  device: string | null;
  goesWithInstance: boolean;
  wasAttached: boolean;
  attachedAt: number;
  /** A system disk's, also once it is a data disk. */
  image: Image | null;
  /** A data disk's. */
  snapshot: Snapshot | null;
}

export interface Instance extends Thing {
  isRunning: boolean;
  /** When it was last started; null: never. */
  startedAt: number | null;
  stoppedAt: number;
  image: Image;
}

export const createModel = (): Model => ({
  images: new Map(),
  snapshots: new Map(),
  disks: new Map(),
  instances: new Map(),
  now: 0,
});

export const SYSTEM_DEVICE = '/dev/xvda';

export const existing = <T extends Thing>(things: ReadonlyMap<string, T>): T[] =>
  [...things.values()].filter(({ isGone }) => !isGone);

export const owns = (tenant: Tenant, thing: Thing | undefined): thing is Thing & { owner: Tenant } =>
  thing !== undefined && !thing.isGone && thing.owner === tenant;

/** Public, own, and shared images, each in its region. */
export const seesImage = (tenant: Tenant, image: Image | undefined, regionId: string): boolean =>
  image !== undefined &&
  !image.isGone &&
  image.regionId === regionId &&
  (image.owner === null || image.owner === tenant || image.sharedWith.has(tenant));

export const disksOf = (model: Model, instance: Instance): Disk[] =>
  existing(model.disks).filter((disk) => disk.instance === instance);

export const systemDiskOf = (model: Model, instance: Instance): Disk | undefined =>
  disksOf(model, instance).find(({ type }) => type === 'system');

/** A snapshot of it is being made. */
export const isBeingStored = (model: Model, disk: Disk): boolean =>
  existing(model.snapshots).some((snapshot) => snapshot.disk === disk && !snapshot.isReady);

export const imagesOf = (model: Model, snapshot: Snapshot): Image[] =>
  existing(model.images).filter(({ disks }) => disks.some((disk) => disk.snapshot === snapshot));

export const copiesOf = (model: Model, image: Image): Image[] =>
  existing(model.images).filter(({ source, state }) => source === image && state === 'copying');

/** The first that is free. */
export function nextDevice(model: Model, instance: Instance): string {
  const taken = new Set(disksOf(model, instance).map(({ device }) => device));
  return Array.from('bcdefghijklmnopqrstuvwxyz', (letter) => `/dev/xvd${letter}`).find((device) => !taken.has(device))!;
}

/** A disk that belongs to no instance any more. */
export function release(disk: Disk): void {
  disk.instance = null;
  disk.device = null;
}

/** What was held up is over: copies, or snapshots with the images that waited for them. */
export function finish(model: Model, what: 'copies' | 'snapshots'): void {
  for (const image of existing(model.images)) {
    if (image.state === (what === 'copies' ? 'copying' : 'creating')) becomeAvailable(image);
  }
  if (what === 'copies') return;
  for (const snapshot of existing(model.snapshots)) if (snapshot.disk) snapshot.isReady = true;
}

function becomeAvailable(image: Image): void {
  image.state = 'available';
  for (const { snapshot } of image.disks) if (snapshot) snapshot.isReady = true;
}
