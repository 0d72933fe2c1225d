import { apiError, ApiError } from '../../../contract/errors.ts';
import { jobsById, rehearseEnd } from '../../../records/jobEnds.ts';
import type { AccountRow } from '../../../records/tables/accounts.ts';
import type { JobRow } from '../../../records/tables/jobs.ts';
import { findRemedy } from '../../../rules/remedies.ts';
import type { Remedy } from '../../../rules/remedy.ts';
import { risks } from '../../../rules/risks.ts';
import type { Call, Performed } from '../../call.ts';
import type { Answer, Move, PlannedCall, Situation } from './situation.ts';
import { ways } from './ways.ts';

export interface Explanation {
  verdict: boolean;
  remedied: boolean;
  call: ShownCall;
  callAfterSteps: ShownCall;
  reasons: Reason[];
  risks: string[];
}

interface ShownCall {
  action: string;
  parameters: { key: string; value: string }[];
  commandLine: string;
}

interface Reason {
  action: string;
  code: string;
  httpStatus: number;
  message: string;
  rule: string;
  advice?: string;
  steps: { number: number; text: string; call?: ShownCall }[];
}

/** Reasons that are looked into. */
const MOST_REASONS = 8;

/** What has been found out so far, in the transaction of a rehearsal: what was done stays done until its end. */
interface Trail {
  call: Call;
  account: AccountRow;
  reasons: Reason[];
  steps: number;
  /** Ids that will not exist, each with what stands for it. */
  placeholders: Map<string, string>;
}

/**
 * Tries `goal` as the account. When it is refused, the way round is gone and it is tried again, until it succeeds or nothing is known that
 * could be done. A step on the way that is refused is treated alike. So every reason is found, in the order in which one meets them.
 * `absent`: the code of the one reason, where nothing is there to do it to.
 */
export async function explain(
  call: Call,
  account: AccountRow,
  goal: PlannedCall,
  absent: string | null,
): Promise<Explanation> {
  const trail: Trail = { call, account, reasons: [], steps: 0, placeholders: new Map() };
  const asked = show(goal, trail);
  if (absent !== null) trail.reasons.push(absence(goal, absent, trail));
  const performed = absent === null ? await reach({ ...goal, parameters: { ...goal.parameters } }, trail) : null;
  const { reasons } = trail;
  return {
    verdict: reasons.length === 0,
    remedied: performed !== null,
    call: asked,
    callAfterSteps: performed?.shown ?? asked,
    // Steps that lead nowhere are none.
    reasons: performed ? reasons : reasons.map((reason) => ({ ...reason, steps: [] })),
    risks: performed ? [...(risks[goal.action] ?? [])] : [],
  };
}

function absence(goal: PlannedCall, code: string, trail: Trail): Reason {
  const error = apiError(goal.action, code);
  return reasonOf(goal, error, findRemedy(goal.action, code, error.message), trail);
}

type Reached = Performed & { shown: ShownCall };

async function reach(goal: PlannedCall, trail: Trail): Promise<Reached | null> {
  const { call, account } = trail;
  const seen = new Set<string>();
  for (;;) {
    const answer = await attempt(goal, trail);
    if (!(answer instanceof ApiError)) return { ...answer, shown: show(goal, trail) };
    const refusal = JSON.stringify([answer.code, answer.message, goal.parameters]);
    // What was done did not help.
    if (seen.has(refusal)) return null;
    seen.add(refusal);
    const remedy = findRemedy(goal.action, answer.code, answer.message);
    const reason = reasonOf(goal, answer, remedy, trail);
    trail.reasons.push(reason);
    if (trail.reasons.length === MOST_REASONS) return null;
    if (!(await go({ call, account, refused: goal }, remedy, reason, trail))) return null;
  }
}

/** What the API would answer. A refusal leaves nothing. */
async function attempt({ action, parameters }: PlannedCall, { call, account }: Trail): Promise<Performed | ApiError> {
  try {
    return await call.perform(action, parameters, account);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function reasonOf({ action }: PlannedCall, error: ApiError, remedy: Remedy | undefined, trail: Trail): Reason {
  return {
    action,
    code: error.code,
    httpStatus: error.status,
    message: named(error.message, trail),
    rule: remedy?.rule ?? error.message,
    ...(remedy?.advice !== undefined && { advice: remedy.advice }),
    steps: [],
  };
}

/** Goes the first of the ways that has any move. Whether all of its moves could be made. */
async function go(situation: Situation, remedy: Remedy | undefined, reason: Reason, trail: Trail): Promise<boolean> {
  for (const name of remedy?.ways ?? []) {
    const way = ways[name](situation);
    let next = await way.next();
    if (next.done) continue;
    while (!next.done) {
      const taken = await take(next.value, situation, trail);
      if (!taken) return false;
      trail.steps += 1;
      const { shown, answer } = taken;
      reason.steps.push({ number: trail.steps, text: named(next.value.text, trail), ...(shown && { call: shown }) });
      for (const [key, value] of Object.entries({ ...answer, ...next.value.names })) {
        if (typeof value === 'string' && value !== '') trail.placeholders.set(value, `<${key} of step ${trail.steps}>`);
      }
      next = await way.next(answer);
    }
    return true;
  }
  return false;
}

/** Null: it is refused, whatever is tried. */
async function take(
  move: Move,
  { refused }: Situation,
  trail: Trail,
): Promise<{ answer: Answer; shown?: ShownCall } | null> {
  if (move.change) Object.assign(refused.parameters, move.change);
  if (move.wait) await rehearse(move.wait, trail);
  if (!move.perform) return { answer: {} };
  const performed = await reach(move.perform, trail);
  if (!performed) return null;
  await rehearse(await jobsById(trail.call.db, performed.enqueued), trail);
  return { answer: performed.response, shown: performed.shown };
}

/** Has the jobs succeed. */
async function rehearse(jobs: readonly JobRow[], { call }: Trail): Promise<void> {
  for (const job of jobs) await rehearseEnd(call.db, job, call.clock.now());
}

function named(text: string, { placeholders }: Trail): string {
  let out = text;
  for (const [id, placeholder] of placeholders) out = out.replaceAll(id, placeholder);
  return out;
}

function show({ action, parameters }: PlannedCall, trail: Trail): ShownCall {
  const shown = Object.entries(parameters).map(([key, value]) => ({ key, value: named(value, trail) }));
  const words = shown.map(({ key, value }) => `--${key} ${quoted(value)}`);
  return { action, parameters: shown, commandLine: ['aliyun ecs', action, ...words].join(' ') };
}

/** For a shell. */
const quoted = (text: string): string =>
  /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
