// r4q_nqc: the owner is warned of leaks when sharing.
// In part: the scan of an image for keys and credentials before it is shared comes with guests
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { createImageWorld } from '../wire/imageWorld.ts';

test('r4q_nqc: the warning comes before the share, and no is an answer', async () => {
  await using world = await createImageWorld();
  const bob = await world.party();
  const imageId = await world.image(world.operator);
  const share = async (answer: string | null, ...more: string[]) => {
    const said: string[] = [];
    const io: Io = {
      out: (text) => void said.push(text),
      err: (text) => void said.push(text),
      isTerminal: false,
      env: {},
      cwd: '/',
      ask: async (question) => {
        said.push(question);
        return answer;
      },
      input: () => Readable.from([]),
      onInterrupt: () => () => {},
    };
    const args = ['image', 'share', imageId, '--with', bob.accountId, ...more, '--data', world.world.dataDir];
    return { code: await run(args, io), said: said.join('') };
  };
  const shares = () => world.world.parts.database.read.selectFrom('imageShares').selectAll().execute();

  const refused = await share('no');
  assert.equal(refused.code, 1);
  assert.match(refused.said, /reads every byte[^]*withdrawn[^]*Type yes/);
  assert.deepEqual(await shares(), []);
  assert.equal((await share(null)).code, 2);
  assert.deepEqual(await shares(), []);
  const done = await share('yes');
  assert.deepEqual([done.code, (await shares()).length], [0, 1]);
  assert.match((await share(null, '--yes')).said, /reads every byte[^]*is shared/);
});
