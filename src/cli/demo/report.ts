import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { size } from '../print.ts';

/** What a step has to say for itself. */
interface Outcome {
  /** Bytes that a guest or a client would count. */
  logicalBytes?: number;
  remark?: string;
}

export interface Report {
  heading(): void;
  /** Runs a step, and prints its line: what, how long, logical bytes, what it added to the disk. `say` throws when somebody interrupts. */
  step<T extends Outcome>(what: string, work: (say: (phase: string) => void) => Promise<T>): Promise<T>;
  /** A line that proves something. */
  proven(what: string): void;
}

const LINE_WIDTH = 79;
const WHAT_WIDTH = LINE_WIDTH - 31;
const columns = (what: string, time: string, logical: string, stored: string) =>
  `${what.padEnd(WHAT_WIDTH)} ${time.padStart(8)}  ${logical.padStart(9)}  ${stored.padStart(9)}`;

/** `stored`: bytes that the service occupies now. */
export function createReport(io: Io, stored: () => Promise<number>, isInterrupted: () => boolean): Report {
  let count = 0;
  const transient = (text: string) => {
    if (io.isTerminal) io.err(`\r\x1b[K${text.length > LINE_WIDTH ? `${text.slice(0, LINE_WIDTH - 1)}…` : text}`);
  };
  const heed = () => {
    if (isInterrupted()) throw new CliFault('Interrupted', 'The demo was interrupted.');
  };
  return {
    heading() {
      io.out(`\n${columns('STEP', 'TIME', 'LOGICAL', 'STORED')}\n`);
    },
    async step(what, work) {
      heed();
      count += 1;
      const title = `${String(count).padStart(2)}  ${what}`;
      transient(`${title} …`);
      const before = await stored();
      const startedAt = performance.now();
      const outcome = await work((phase) => {
        heed();
        transient(`${title}: ${phase} …`);
      });
      const seconds = (performance.now() - startedAt) / 1000;
      const added = (await stored()) - before;
      transient('');
      const logical = outcome.logicalBytes === undefined ? '' : size(outcome.logicalBytes);
      io.out(
        `${columns(title, `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`, logical, `${added < 0 ? '-' : ''}${size(Math.abs(added))}`)}\n`,
      );
      if (outcome.remark) io.out(`    ${outcome.remark}\n`);
      return outcome;
    },
    proven(what) {
      io.out(`    equal   ${what}\n`);
    },
  };
}
