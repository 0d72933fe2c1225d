import type { Tenant } from '../requirements/world.ts';
import type { Question } from '../explain.ts';
import type { Random } from '../workload/random.ts';
import type { Bed } from './bed.ts';
import type { Model } from './model.ts';

/** One call, with what the model says of it. */
export interface Step<Answer = unknown> {
  /** null: not a call to the service. */
  who: Tenant | null;
  /** For a person who looks for the fault. */
  what: string;
  /** The rules that it breaks: the service names one of them. None: it succeeds. */
  codes: readonly string[];
  call(): Promise<Answer>;
  /** The same, as Explain is asked whether it can be done; absent: it can't be asked. */
  question?: Question | undefined;
  /** What a success changes in the model. */
  done(answer: Answer): void | Promise<void>;
}

/** Throws `NothingToDo` when there is nothing to do it with. */
export type Verb = (bed: Bed, random: Random) => Step;

export class NothingToDo extends Error {}

export type Rule = readonly [isBroken: boolean, code: string];

/** Codes of the broken rules: what is not there hides everything else about it. */
export function broken(first: readonly Rule[], later: () => readonly Rule[] = () => []): string[] {
  const codes = (rules: readonly Rule[]) => rules.filter(([isBroken]) => isBroken).map(([, code]) => code);
  const hidden = codes(first);
  return hidden.length > 0 ? hidden : codes(later());
}

/** Types the answer, then forgets the type. */
export const step = <Answer>(of: Step<Answer>): Step => of as Step;

const SENSIBLE = 0.75;
const KNOWN = 0.85;

type Kind = 'images' | 'snapshots' | 'disks' | 'instances';
type ThingOf<K extends Kind> = Model[K] extends Map<string, infer T> ? T : never;

const PREFIXES: Readonly<Record<Kind, string>> = { images: 'm', snapshots: 's', disks: 'd', instances: 'i' };

/** Mostly one for which the call makes sense; else any that there is or ever was, whosever it is; else none. */
export function choose<K extends Kind>(
  random: Random,
  model: Model,
  kind: K,
  makesSense: (thing: ThingOf<K>) => boolean,
): { id: string; it: ThingOf<K> | undefined } {
  const isSensible = random.chance(SENSIBLE);
  const things = [...model[kind].values()] as (ThingOf<K> & { id: string })[];
  const from = things.filter((thing) => !isSensible || makesSense(thing));
  if (isSensible && from.length === 0) throw new NothingToDo();
  if (!isSensible && (from.length === 0 || !random.chance(KNOWN))) {
    return { id: `${PREFIXES[kind]}-bp1${random.below(1e9)}`, it: undefined };
  }
  const it = random.pick(from);
  return { id: it.id, it };
}

/** Mostly the region that the call is right in. */
export const chooseRegion = (bed: Bed, random: Random, right: string | undefined): string =>
  right !== undefined && random.chance(KNOWN) ? right : random.pick(bed.regionIds);
