import { spawnSync } from 'node:child_process';

export interface Run {
  seconds: number;
  stdout: string;
}

/** Runs a command to its end, with nothing left to write back from before. Throws when it fails. */
export function timed(program: string, argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  spawnSync('sync');
  const startedAt = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (error || status !== 0) throw new Error(`${program} ${argv.join(' ')} failed: ${error?.message ?? stderr}`);
  return { seconds, stdout };
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Figures by name, in the order in which the names came. */
export function createFigures() {
  const all = new Map<string, number[]>();
  return {
    add(name: string, figure: number): void {
      all.set(name, [...(all.get(name) ?? []), figure]);
    },
    median: (name: string) => median(all.get(name)!),
    largest: (name: string) => Math.max(...all.get(name)!),
  };
}

export interface Claim {
  what: string;
  ours: string;
  peer: string;
  /** What must be at most `target`. */
  figure: number;
  /** Null: shown for information. */
  target: number | null;
  unit: string;
}

/** Prints the claims as a Markdown table and answers whether all hold. */
export function printClaims(claims: readonly Claim[]): boolean {
  console.log('| | tongjing | peer | | target | |\n|---|---:|---:|---:|---:|---|');
  for (const { what, ours, peer, figure, target, unit } of claims) {
    const mark = target === null ? '' : figure <= target ? 'holds' : '**missed**';
    const wanted = target === null ? '' : `≤ ${Number(target.toFixed(2))}${unit}`;
    console.log(`| ${what} | ${ours} | ${peer} | ${figure.toFixed(2)}${unit} | ${wanted} | ${mark} |`);
  }
  return claims.every(({ figure, target }) => target === null || figure <= target);
}
