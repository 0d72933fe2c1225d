import { setTimeout as delay } from 'node:timers/promises';
import { ServiceGone, type Account } from './client.ts';
import { createModel, type Model } from './model.ts';
import type { Random } from './random.ts';
import { isDying } from './serviceProcess.ts';
import type { Session } from './session.ts';

/** Where an account's instances stand in a region. */
export interface Place {
  account: Account;
  regionId: string;
  zoneId: string;
  vSwitchId: string;
  securityGroupId: string;
}

/** One verb with all that it will do chosen. */
export interface Plan {
  /** For messages. */
  what: string;
  /** Nothing else works on these meanwhile. */
  locks: readonly string[];
  /**
   * Does it, waits until its jobs are over, and tells the model. Throws `ServiceGone` when the service ended meanwhile: run again with
   * the next one, it comes to its end, whatever was done already.
   */
  run(session: Session): Promise<void>;
}

/** Chooses what to do; null: there is nothing to do it with. */
export type Verb = (world: World, random: Random) => Plan | null;

export interface Limits {
  images: number;
  snapshots: number;
  disks: number;
  instances: number;
}

export interface World {
  model: Model;
  /** How many there are at most of each: enough to have a choice, few enough to be read often. */
  limits: Limits;
  /** The first is the operator's. */
  accounts: readonly Account[];
  places: readonly Place[];
  /** For files that are imported. */
  scratchDir: string;
  locks: Set<string>;
  /** What a crash interrupted. */
  unfinished: Plan[];
  /** What is done, counted by its name. */
  done: Map<string, number>;
  /** Never the same twice. */
  nextTag(): number;
  nextName(prefix: string): string;
}

export function createWorkload(
  parts: Pick<World, 'accounts' | 'places' | 'scratchDir' | 'limits'> & { seed: number },
): World {
  let tag = 0;
  let name = 0;
  return {
    ...parts,
    model: createModel(),
    locks: new Set(),
    unfinished: [],
    done: new Map(),
    nextTag: () => ++tag,
    nextName: (prefix) => `${prefix}-${parts.seed}-${++name}`,
  };
}

/** Not locked, and fit for a verb. */
export function free<T extends { id: string }>(
  world: World,
  things: Map<string, T>,
  isFit: (thing: T) => boolean,
): T[] {
  return [...things.values()].filter((thing) => !world.locks.has(thing.id) && isFit(thing));
}

/** A client token: the same for each time that a plan is run. */
export const tokenOf = (world: World): string => world.nextName('token');

/** Verbs by how often they are wanted. */
export type Mix = readonly (readonly [Verb, number])[];

export function choose(world: World, mix: Mix, random: Random): Plan | null {
  const total = mix.reduce((sum, [, weight]) => sum + weight, 0);
  for (let tries = 0; tries < 20; tries++) {
    let at = random.next() * total;
    const [verb] = mix.find(([, weight]) => (at -= weight) < 0) ?? mix[0]!;
    const plan = verb(world, random);
    if (plan && !plan.locks.some((lock) => world.locks.has(lock))) return plan;
  }
  return null;
}

/** One user's work, verb after verb, until `isOver` or the service ends. */
export async function runLane(
  world: World,
  session: Session,
  mix: Mix,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver() && session.process.isAlive) {
    const plan = choose(world, mix, random);
    if (!plan) {
      await delay(2);
      continue;
    }
    await perform(world, session, plan);
  }
}

/** Runs a plan under its locks. What a crash interrupts keeps them. */
export async function perform(world: World, session: Session, plan: Plan): Promise<void> {
  for (const lock of plan.locks) world.locks.add(lock);
  try {
    await plan.run(session);
  } catch (error) {
    if (error instanceof ServiceGone && (await isDying(session.process))) {
      world.unfinished.push(plan);
      return;
    }
    throw new Error(`${plan.what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  for (const lock of plan.locks) world.locks.delete(lock);
  const verb = plan.what.split(' ')[0]!;
  world.done.set(verb, (world.done.get(verb) ?? 0) + 1);
}

/** Brings to its end what a crash interrupted. */
export async function finish(world: World, session: Session): Promise<void> {
  const plans = world.unfinished.splice(0);
  await Promise.all(plans.map((plan) => perform(world, session, plan)));
}
