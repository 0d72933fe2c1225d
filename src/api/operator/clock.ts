import { getSetting, setSetting } from '../../records/tables/settings.ts';
import { badField, type Core, type Route } from './parts.ts';

/** Service time is real time plus this; kept so that it never goes back. */
export const CLOCK_OFFSET = 'clockOffsetMs';

/** A century: dates stay within what every format can hold. */
const LONGEST_ADVANCE_MS = 100 * 365 * 24 * 3600_000;

export const readClock: Route['run'] = async (_request, parts) => ({ json: await time(parts.core()) });

/** `{"advanceMs": n}`: subscriptions expire, policies fire, locks end. */
export const advanceClock: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const ms = body['advanceMs'];
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0)
    throw badField('advanceMs', 'a whole number of milliseconds');
  await core.database.write(async (tx) => {
    const offset = (await getSetting<number>(tx, CLOCK_OFFSET)) ?? 0;
    if (offset + ms > LONGEST_ADVANCE_MS) throw badField('advanceMs', 'a century at most, all in all');
    await setSetting(tx, CLOCK_OFFSET, offset + ms);
  });
  core.clock.advance(ms);
  return { json: await time(core) };
};

async function time({ clock, database }: Core): Promise<{ now: string; offsetMs: number }> {
  return {
    now: new Date(clock.now()).toISOString(),
    offsetMs: (await getSetting<number>(database.read, CLOCK_OFFSET)) ?? 0,
  };
}
