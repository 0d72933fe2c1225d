import type { CatalogueEntry } from '../../src/contract/errors.ts';
import { makeKey } from '../wire/kmsClient.ts';
import type { ImageWorld, Party } from '../wire/imageWorld.ts';

/** What a documented refusal is provoked on: a world, which the refusals of one action share, and two accounts of its own. */
export interface Stage {
  world: ImageWorld;
  alice: Party;
  bob: Party;
}

/** Brings a documented situation about. The answer is the call that is refused in it. */
export type Provoke = (stage: Stage) => Promise<() => Promise<unknown>>;

/** The documented codes of an action: each is in one of the tables. */
export interface Coverage {
  provoked: Readonly<Record<string, Provoke>>;
  /** The situation exists here, but another code says it, or nothing does: one sentence. */
  otherwise: Readonly<Record<string, string>>;
  /** What the code is about does not exist here: one sentence. */
  notHere: Readonly<Record<string, string>>;
}

/** How much of an action's documented codes a test provokes. */
export function counted({ provoked, notHere }: Coverage, entries: readonly CatalogueEntry[]) {
  const all = new Set(entries.map(({ code }) => code));
  const current = new Set(entries.filter((entry) => entry.current).map(({ code }) => code));
  const isProvoked = (code: string) => code in provoked;
  const isHere = (code: string) => !(code in notHere);
  return {
    all: all.size,
    /** Those that are about something that exists here. */
    here: [...all].filter(isHere).length,
    provoked: [...all].filter(isProvoked).length,
    current: current.size,
    currentHere: [...current].filter(isHere).length,
    currentProvoked: [...current].filter(isProvoked).length,
  };
}

export const REGION = 'cn-hangzhou';
export const ZONE = 'cn-hangzhou-h';
export const OTHER_REGION = 'cn-beijing';

/** Reasons that several actions share. */
export const why = {
  archive: 'There are no archived snapshots: all are of one category.',
  billing: 'There is no billing: accounts have no balance and resources no orders.',
  cloudBox: 'There are no cloud boxes.',
  community: 'There are no community images: an image is shared with accounts by name.',
  concurrentSnapshots: 'A disk makes one snapshot at a time, which IncorrectDiskStatus.CreatingSnapshot says.',
  defaultEncryption: 'Accounts have no setting that encrypts every disk.',
  deviceStatus: 'A disk here has no device state besides its status.',
  fault: 'A fault inside the cloud; one of this service answers the common InternalError.',
  hotPlug: 'Disks of instances of every type come and go while they run.',
  hibernation: 'Instances do not hibernate.',
  kmsAuthorised: 'The service needs no authorisation by tag or role to use keys of its own accounts.',
  locks: 'Nobody locks instances for security reasons.',
  missing: 'An absent parameter answers the common Missing<Name>.',
  multiAttach: 'Disks attach to one instance at a time: multi-attach is refused by name.',
  noRegion: 'The request names no region: the disk is in one.',
  snapshotService: 'The snapshot service is always open.',
  stock: 'Every zone of every region has the same things for everybody.',
  transferring: 'Disks do not move between machines.',
  volumes: 'There are no volumes besides disks.',
  whiteList: 'A list of chosen customers, which does not exist here.',
} as const;

/** What a row says that is encrypted under a key of the account's which is disabled. */
export async function shutKey({ world, alice }: Stage): Promise<{ encrypted: 1; kmsKeyId: string }> {
  return { encrypted: 1, kmsKeyId: await makeKey(world.world, alice, { isEnabled: false }) };
}

/** … which is deleted. */
export const LOST_KEY = { encrypted: 1, kmsKeyId: 'none' } as const;

/** The same call twice with one token, while the records are busy: one of the two waits, the other is refused. It must fail by itself, too. */
export function atOnce({ world }: Stage, call: () => Promise<unknown>): () => Promise<unknown> {
  return async () => {
    const free = Promise.withResolvers<void>();
    const busy = world.world.parts.database.write(() => free.promise);
    const calls = [call(), call()];
    try {
      return await Promise.race(calls);
    } finally {
      free.resolve();
      await busy;
      await Promise.allSettled(calls);
    }
  };
}
