import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runThread } from './threads.ts';
import { WorldFault } from './worldFault.ts';

const adder = new URL('./threadFixtures/adder.ts', import.meta.url);

test('a thread asks, gets answers, and ends with its result', async () => {
  const numbers = [3, 4, 0];
  const questions: string[] = [];
  const sum = await runThread<string, number, number>(
    adder,
    { how: 'add' },
    {
      answer(question) {
        questions.push(question);
        return numbers.shift()!;
      },
    },
  );
  assert.equal(sum, 7);
  assert.deepEqual(questions, ['first', 'next', 'next']);
});

test("a thread's fault arrives as the fault that it is", async () => {
  const answer = () => 0;
  await assert.rejects(runThread(adder, { how: 'fault' }, { answer }), (error) => {
    assert.ok(error instanceof WorldFault);
    assert.deepEqual([error.code, error.retryable, error.message], ['DiskFull', true, 'the disk is full']);
    return true;
  });
  await assert.rejects(runThread(adder, { how: 'throw' }, { answer }), { message: 'a mistake' });
  await assert.rejects(runThread(adder, { how: 'exit' }, { answer }), { code: 'ThreadDied' });
});

test('what goes wrong in an answer ends the thread and is thrown', async () => {
  const mistake = new Error('no answer');
  await assert.rejects(
    runThread(
      adder,
      { how: 'add' },
      {
        answer() {
          throw mistake;
        },
      },
    ),
    mistake,
  );
});

test('an abort ends a busy thread with its reason; one that is already aborted never starts', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const running = runThread(adder, { how: 'spin' }, { answer: () => 0, signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(running, reason);
  await assert.rejects(runThread(adder, { how: 'add' }, { answer: () => 0, signal: controller.signal }), reason);
});
