import { stripVTControlCharacters } from 'node:util';
import type { Io } from './io.ts';

/** What steers a terminal, or turns the direction of text; line ends and tabs are not meant. */
const STEERING = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Somebody else's words, as they may be written to a terminal. */
export const harmless = (text: string): string => text.replaceAll(STEERING, '\ufffd');

export function printJson(io: Io, value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  io.out(`${text.replaceAll(STEERING, escaped)}\n`);
}

/** As JSON has it, by units of UTF-16. */
const escaped = (found: string): string =>
  found.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Left-aligned columns, numbers to the right, under a line of headings. What cells hold may be anybody's words. */
export function printTable(io: Io, headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map((cell) => harmless(cell).replaceAll(/[\n\t]/g, ' ')));
  io.out(formatTable(headings, cells));
}

const isNumeric = (cell: string) => /^[\d.,]{1,12}( [KMGT]iB| B| s| %|%)?$/.test(cell) || cell === '' || cell === '-';

export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ''))),
  );
  const isRight = headings.map((_, column) => rows.length > 0 && rows.every((row) => isNumeric(row[column] ?? '')));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - width(cell));
        return isRight[column] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [headings, ...rows].map((row) => `${line(row)}\n`).join('');
}

/** Columns on a terminal: Chinese characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(character)
      ? 2
      : 1;
  return columns;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.2 GiB` */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

const DURATION_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `3d`, `1d12h`, `90m`; null when it is none. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+[smhdw])+$/.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) total += Number(count) * DURATION_MS[unit!]!;
  return total;
}

/** `3d`, `1d12h`: what parseDuration reads, whole seconds. */
export function duration(ms: number): string {
  let rest = Math.round(ms / 1000) * 1000;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const count = Math.floor(rest / DURATION_MS[unit]!);
    rest -= count * DURATION_MS[unit]!;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

/** What a guest wrote, in lines, without what would steer the terminal. */
export function legible(text: string): string {
  return stripVTControlCharacters(text).replaceAll(STEERING, '');
}
