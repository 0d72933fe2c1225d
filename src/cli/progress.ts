import type { Io } from './io.ts';

const BAR_WIDTH = 30;

export interface ProgressLine {
  show(percent: number): void;
  end(): void;
}

/** A bar on a terminal; else a line at each tenth. */
export function progressLine(io: Io, label: string): ProgressLine {
  let shown = -1;
  return {
    show(percent) {
      const whole = Math.max(0, Math.min(100, Math.floor(percent)));
      if (io.isTerminal) {
        const filled = Math.round((whole * BAR_WIDTH) / 100);
        io.err(`\r${label} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${String(whole).padStart(3)}%`);
      } else if (Math.floor(whole / 10) > Math.floor(shown / 10) || shown < 0) {
        io.err(`${label} ${whole}%\n`);
      }
      shown = whole;
    },
    end() {
      if (io.isTerminal && shown >= 0) io.err('\n');
    },
  };
}
