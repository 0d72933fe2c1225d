import { serveThread } from '../threads.ts';
import { WorldFault } from '../worldFault.ts';

/** For tests: asks for numbers until it gets 0, and answers their sum. */
await serveThread<{ how: 'add' | 'fault' | 'throw' | 'exit' | 'spin' }, string, number, number>(
  async ({ how }, port) => {
    if (how === 'fault') throw new WorldFault('DiskFull', 'the disk is full', { retryable: true });
    if (how === 'throw') throw new TypeError('a mistake');
    if (how === 'exit') process.exit(3);
    if (how === 'spin') for (;;) port.check();
    let sum = 0;
    for (let number = await port.ask('first'); number !== 0; number = await port.ask('next')) sum += number;
    return sum;
  },
);
