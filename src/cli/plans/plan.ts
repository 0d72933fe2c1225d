import { randomUUID } from 'node:crypto';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { harmless } from '../print.ts';
import { progressLine } from '../progress.ts';
import type { Service } from '../service.ts';
import { journalFile, type Journal, type JournalFile, type Result } from './journal.ts';

export type Results = Readonly<Record<string, Result>>;

/** What a step may touch while it runs. */
export interface Doing {
  /** Of the steps before it. */
  results: Results;
  /** Makes the call of this step, however often it is made, one call. */
  token: string;
  /** For names of what the plan makes. */
  planId: string;
  /** Calls until `look` finds what it waits for, unless somebody interrupts. `look` may say how far it is, in percent. */
  until<T>(look: (show: (percent: number) => void) => Promise<T | undefined>): Promise<T>;
}

/** One thing that a plan does. */
export interface Step {
  name: string;
  /** For the plan that is shown first. */
  title: string;
  /** One call, which the token makes safe to repeat, and what has to be known of it. */
  begin(doing: Doing): Promise<Result>;
  /** Waits until what was begun can be used. */
  finish?(own: Result, doing: Doing): Promise<void>;
  /** Takes back what was begun, whether or not it was finished; what is gone already is fine. */
  undo?(own: Result, doing: Doing): Promise<void>;
  /** What stays of it, once begun, when the plan is taken back. */
  leaves?: string;
  /** Of a step that nothing takes back: whether it has happened. The plan can only go on then. */
  isPast?(): Promise<boolean>;
}

export interface Plan {
  /** What it does, in a line. */
  title: string;
  /** What one has to know before saying yes. */
  risks: readonly string[];
  steps: readonly Step[];
  /** What to say at the end. */
  done(results: Results): { text: string; json: Record<string, string | string[]> };
}

export interface PlanOptions {
  yes?: boolean;
  undo?: boolean;
  json?: boolean;
}

interface Work<Facts> {
  service: Service;
  io: Io;
  options: PlanOptions;
  /** The command with what it is about: one plan of it at a time. */
  name: string;
  /** Looks at the world; refuses what would fail later. */
  look(): Promise<Facts>;
  /** From the facts alone, so that a plan that was cut short is the same plan. */
  plan(facts: Facts): Promise<Plan>;
}

const POLL_MS = 100;

/** Shows a plan, asks, does it. What was cut short goes on; what fails is undone if one wants. */
export async function carryOut<Facts>({ service, io, options, name, look, plan }: Work<Facts>): Promise<void> {
  const file = journalFile<Facts>(service.dataDir, name);
  const kept = file.read();
  if (options.undo) {
    if (!kept) throw new CliFault('NothingToUndo', `No unfinished \`${name}\` is known.`);
    await undo(await plan(kept.facts), kept, file, io);
    return;
  }
  const facts = kept?.facts ?? (await look());
  const planned = await plan(facts);
  const journal = kept ?? newJournal(facts);
  present(planned, journal, kept !== null, io);
  await confirm(io, options, kept ? 'Go on?' : 'Do it?');
  let isInterrupted = false;
  const release = io.onInterrupt(() => {
    isInterrupted = true;
    io.err('\nStopping …\n');
  });
  try {
    file.write(journal);
    await doSteps(planned, journal, file, io, () => isInterrupted);
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    await afterFault(planned, journal, file, io, options, error);
  } finally {
    release();
  }
  file.remove();
  const { text, json } = planned.done(journal.results);
  io.out(options.json ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`);
}

const newJournal = <Facts>(facts: Facts): Journal<Facts> => ({
  id: randomUUID().replaceAll('-', '').slice(0, 12),
  startedAt: new Date().toISOString(),
  facts,
  begun: null,
  results: {},
  finished: [],
});

function present({ title, steps, risks }: Plan, journal: Journal<unknown>, isKept: boolean, io: Io): void {
  io.err(`${title}\n\n`);
  for (const [index, step] of steps.entries()) {
    const mark = journal.finished.includes(step.name) ? '✔' : ' ';
    io.err(`${mark} ${String(index + 1).padStart(2)}. ${step.title}\n`);
  }
  io.err(`\n${risks.map((risk) => `  • ${risk}\n`).join('')}\n`);
  if (isKept) io.err(`It was begun at ${journal.startedAt} and not finished: it goes on, or --undo takes it back.\n`);
}

async function confirm(io: Io, { yes }: PlanOptions, question: string): Promise<void> {
  if (yes) return;
  const answer = await io.ask(`${question} Type yes: `);
  if (answer === null) {
    throw new CliFault('Usage', 'Nobody is there to ask.', { hint: 'Add --yes.', exitCode: exitCodes.usage });
  }
  if (answer.trim() !== 'yes') throw new CliFault('NotDone', 'Nothing was done.');
}

async function doSteps(
  { steps }: Plan,
  journal: Journal<unknown>,
  file: JournalFile<unknown>,
  io: Io,
  isInterrupted: () => boolean,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (journal.finished.includes(step.name)) continue;
    const label = `[${index + 1}/${steps.length}] ${step.title}`;
    io.err(`${label}\n`);
    const doing = doingOf(step, journal, { io, label: '      ', isInterrupted });
    if (isInterrupted()) throw interrupted();
    let own = journal.results[step.name];
    if (!own) {
      journal.begun = step.name;
      file.write(journal);
      own = await step.begin(doing);
      journal.results[step.name] = own;
      journal.begun = null;
      file.write(journal);
    }
    await step.finish?.(own, doing);
    journal.finished.push(step.name);
    file.write(journal);
  }
}

const interrupted = () => new CliFault('Interrupted', 'The plan was interrupted.', { exitCode: exitCodes.interrupted });

function doingOf(
  step: Step,
  journal: Journal<unknown>,
  { io, label, isInterrupted }: { io: Io; label: string; isInterrupted: () => boolean },
): Doing {
  return {
    results: journal.results,
    token: `${journal.id}-${step.name}`,
    planId: journal.id,
    async until(look) {
      const line = progressLine(io, label);
      try {
        for (;;) {
          const found = await look((percent) => line.show(percent));
          if (found !== undefined) return found;
          if (isInterrupted()) throw interrupted();
          await new Promise((resume) => setTimeout(resume, POLL_MS));
        }
      } finally {
        line.end();
      }
    },
  };
}

/** Takes everything back, or leaves it for later, as one wants; ends with what went wrong. */
async function afterFault(
  plan: Plan,
  journal: Journal<unknown>,
  file: JournalFile<unknown>,
  io: Io,
  options: PlanOptions,
  fault: CliFault,
): Promise<never> {
  io.err(`${fault.code}: ${harmless(fault.message)}\n`);
  const answer = options.yes ? 'yes' : await io.ask('Undo what was done so far? Type yes, or no to leave it: ');
  if (answer !== null && answer.trim() !== 'yes') {
    const hint = 'The same command again goes on from here; with --undo it takes back what was done.';
    throw new CliFault(fault.code, fault.message, { hint, exitCode: fault.exitCode, cause: fault });
  }
  const left = plan.steps.flatMap(({ name, leaves }) =>
    leaves && journal.results[name] ? ` but this: ${leaves}` : '',
  );
  await undo(plan, journal, file, io);
  throw new CliFault(fault.code, `${fault.message} Everything is as it was before${left.join('')}.`, {
    exitCode: fault.exitCode,
    cause: fault,
  });
}

async function undo({ steps }: Plan, journal: Journal<unknown>, file: JournalFile<unknown>, io: Io): Promise<void> {
  for (const step of steps) {
    if (!(await step.isPast?.())) continue;
    throw new CliFault('TooLateToUndo', `Nothing takes back: ${step.title}.`, {
      hint: 'The same command again goes on from here.',
    });
  }
  for (const step of steps.toReversed()) {
    if (!step.undo) continue;
    const doing = doingOf(step, journal, { io, label: '      ', isInterrupted: () => false });
    const own = journal.results[step.name] ?? (journal.begun === step.name ? await begun(step, doing) : undefined);
    if (!own) continue;
    io.err(`Undoing: ${step.title}\n`);
    try {
      await step.undo(own, doing);
    } catch (error) {
      if (!(error instanceof CliFault)) throw error;
      throw new CliFault('UndoFailed', `${step.title}: ${error.message}`, {
        hint: `Once that is settled, the same command with --undo goes on undoing. What is left is in ${file.path}.`,
        cause: error,
      });
    }
    delete journal.results[step.name];
    journal.finished = journal.finished.filter((name) => name !== step.name);
    journal.begun = null;
    file.write(journal);
  }
  file.remove();
}

/** A call that may or may not have been made: made again with its token it says what it made. One that is refused made nothing. */
async function begun(step: Step, doing: Doing): Promise<Result | undefined> {
  try {
    return await step.begin(doing);
  } catch (error) {
    if (error instanceof CliFault && error.exitCode === exitCodes.failed) return undefined;
    throw error;
  }
}
