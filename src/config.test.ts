import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { WorldFault } from './base/worldFault.ts';
import { readConfig } from './config.ts';

test('a flag comes before a variable, which comes before the default', () => {
  const { port, dataDir, host } = readConfig([], {});
  assert.deepEqual([port, dataDir, host], [7272, resolve('.tongjing'), '127.0.0.1']);
  const env = { TONGJING_PORT: '1000', TONGJING_DATA: '/var/lib/tongjing' };
  assert.equal(readConfig([], env).port, 1000);
  assert.equal(readConfig([], env).dataDir, '/var/lib/tongjing');
  assert.equal(readConfig(['--port', '2000'], env).port, 2000);
  assert.equal(readConfig(['--data', 'here'], env).dataDir, resolve('here'));
});

test('a blank variable is none', () => {
  assert.equal(readConfig([], { TONGJING_PORT: '' }).port, 7272);
});

test('rates set the burst, and 0 takes the limit away', () => {
  const { accountThrottle, actionThrottle } = readConfig(['--account-rate', '0', '--action-rate', '50'], {});
  assert.deepEqual(
    [accountThrottle, actionThrottle],
    [
      { perSecond: 0, burst: 0 },
      { perSecond: 50, burst: 100 },
    ],
  );
});

test('what makes no sense is refused, by its name', () => {
  const refused: [string[], Record<string, string>, RegExp][] = [
    [['--port', '65536'], {}, /^--port must be a whole number from 0 to 65535, not "65536"/],
    [['--port', '1.5'], {}, /--port/],
    [['--port'], {}, /--port/],
    [[], { TONGJING_PORT: 'x' }, /^TONGJING_PORT must be/],
    [['--log-level', 'loud'], {}, /^--log-level must be one of silent, error/],
    [['--unknown-parameters', 'maybe'], {}, /one of refuse, ignore/],
    [[], { TONGJING_DATA_JOBS: '0' }, /TONGJING_DATA_JOBS must be a whole number from 1 to 64/],
    [['--account-rate', '-1'], {}, /account-rate/],
    [['--nonsense'], {}, /--nonsense/],
    [['stray'], {}, /stray/],
  ];
  for (const [args, env, message] of refused) {
    assert.throws(
      () => readConfig(args, env),
      (error) => error instanceof WorldFault && error.code === 'BadSetting' && message.test(error.message),
    );
  }
});

test('nobody changes the configuration later', () => {
  assert.throws(() => Object.assign(readConfig([], {}), { port: 1 }), TypeError);
});
