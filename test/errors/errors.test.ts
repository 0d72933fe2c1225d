import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorCatalogue } from '../../src/contract/errors.ts';
import { allRows } from '../allRows.ts';
import { createImageWorld, type ImageWorld } from '../wire/imageWorld.ts';
import { counted } from './coverage.ts';
import { coverage } from './index.ts';

interface Refusal extends Error {
  code: string;
  statusCode: number;
  data: { Message: string };
}

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

/** Of the current codes that are about something that exists here. */
const WANTED_SHARE = 0.7;

for (const [action, { provoked }] of Object.entries(coverage)) {
  describe(action, () => {
    test('enough of the current codes', () => {
      const { currentHere, currentProvoked } = counted(coverage[action]!, errorCatalogue[action]!);
      assert.ok(currentProvoked >= WANTED_SHARE * currentHere, `${currentProvoked} of ${currentHere}`);
    });
    for (const [code, provoke] of Object.entries(provoked)) {
      test(code, async () => {
        const call = await provoke({ world, alice: await world.party(), bob: await world.party() });
        await world.world.settled();
        const rows = await allRows(world.world);
        const { code: given, statusCode, data, message } = await refusalOf(call);
        assert.equal(given, code, message);
        assert.ok(
          isDocumented(action, code, statusCode, data.Message),
          `not documented: ${statusCode} ${data.Message}`,
        );
        assert.deepEqual(await allRows(world.world), rows);
      });
    }
  });
}

async function refusalOf(call: () => Promise<unknown>): Promise<Refusal> {
  try {
    await call();
  } catch (error) {
    return error as Refusal;
  }
  assert.fail('the call succeeded');
}

/** The action's own entry or a common one says so, values filled in; a hint may follow. */
function isDocumented(action: string, code: string, status: number, text: string): boolean {
  const own = errorCatalogue[action]?.filter((entry) => entry.code === code) ?? [];
  return own.some(({ http, message }) => {
    const pattern = (message ?? '').split('%s').map((part) => RegExp.escape(part));
    return http === status && new RegExp(`^${pattern.join('.*')}`).test(text);
  });
}
