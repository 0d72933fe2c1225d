import { setTimeout as delay } from 'node:timers/promises';
import { WorldFault } from '../../../base/worldFault.ts';
import type { VpcView } from '../view.ts';
import { NAME_SERVERS, subnetOf } from './addresses.ts';
import { switchName } from './names.ts';
import { run, runIn } from './programs.ts';

const LEASE = '24h';
const LOOK_MS = 20;
const END_MS = 10_000;

/**
 * One dnsmasq for a VPC: it gives each guest the address that the API shows, and answers questions for names; with `resolvers` none it refuses
 * them. It keeps nothing: whoever asks again gets the same.
 */
export function dnsmasqArguments(
  { vSwitches, guests }: Pick<VpcView, 'vSwitches' | 'guests'>,
  resolvers: readonly string[],
): string[] {
  return [
    '--conf-file=/dev/null',
    '--pid-file=',
    '--user=nobody',
    '--group=nogroup',
    '--log-facility=/dev/null',
    '--no-hosts',
    '--no-resolv',
    '--no-ping',
    '--leasefile-ro',
    '--dhcp-authoritative',
    '--bind-interfaces',
    `--listen-address=${NAME_SERVERS.join(',')}`,
    `--dhcp-option=option:dns-server,${NAME_SERVERS.join(',')}`,
    ...resolvers.map((address) => `--server=${address}`),
    ...vSwitches.flatMap(({ id, cidrBlock }) => {
      const { first, mask } = subnetOf(cidrBlock);
      return [`--interface=${switchName(id)}`, `--dhcp-range=${first},static,${mask},${LEASE}`];
    }),
    ...guests.map(({ macAddress, privateIp }) => `--dhcp-host=${macAddress},${privateIp}`),
  ];
}

/** Runs one with these arguments in place of another. It returns when questions are answered. */
export async function restartDnsmasq(namespace: string, args: readonly string[]): Promise<void> {
  await endProcesses(namespace);
  await runIn(namespace, 'dnsmasq', args);
}

/** Nothing else runs in there. */
export const processesIn = async (namespace: string): Promise<number[]> =>
  (await run('ip', ['netns', 'pids', namespace])).split('\n').filter(Boolean).map(Number);

/** Ends what runs in the namespace: without that it would go on, nameless, when the namespace is taken away. */
export async function endProcesses(namespace: string): Promise<void> {
  const late = AbortSignal.timeout(END_MS);
  for (;;) {
    const pids = await processesIn(namespace);
    if (pids.length === 0) return;
    if (late.aborted)
      throw new WorldFault('NetworkFailed', `A process of ${namespace} can not be ended`, { retryable: true });
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    await delay(LOOK_MS);
  }
}
