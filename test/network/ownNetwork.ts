import { spawnSync } from 'node:child_process';

const MARK = 'TONGJING_TEST_OWN_NETWORK';

/**
 * Runs the test file that calls it, first of all, in a network of its own, with its own lists of namespaces and processes: all that it makes
 * there goes with it, however it ends, and neither the machine's firewall nor other tests are in its way.
 */
export function inOwnNetwork(file: string): void {
  if (process.env[MARK]) return;
  const prepare = 'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ip link set dev lo up && "$@"';
  const node = [process.execPath, ...process.execArgv, file];
  const { status, error } = spawnSync(
    'unshare',
    [
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
      '--',
      'sh',
      '-c',
      prepare,
      'sh',
      ...node,
    ],
    { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } },
  );
  if (error) throw error;
  process.exit(status ?? 1);
}
