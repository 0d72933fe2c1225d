import type { Log } from '../../../base/log.ts';
import { WorldFault } from '../../../base/worldFault.ts';
import { HOST } from './addresses.ts';
import type { Names } from './names.ts';
import { run, shown } from './programs.ts';

interface Route {
  dst: string;
  dev: string;
  type?: string;
}

const LOOPBACK = /^127\./;

/** Leads each public address, from this machine, to the link of its VPC: before the whole of 127.0.0.0/8, which is this machine's own. */
export async function routePublicAddresses(names: Names, wanted: ReadonlyMap<string, string>, log: Log): Promise<void> {
  const routes = await shown<Route>(null, ['-4', 'route', 'show', 'table', 'local']);
  const there = new Map(
    routes
      .filter(({ dst, dev }) => LOOPBACK.test(dst) && dev.startsWith(names.links))
      .map(({ dst, dev }) => [dst, dev]),
  );
  for (const [address, link] of there) {
    if (wanted.get(address) !== link)
      await run('ip', ['route', 'delete', 'table', 'local', 'unicast', address, 'dev', link]);
  }
  for (const [address, link] of wanted) {
    if (there.get(address) === link) continue;
    try {
      await run('ip', ['route', 'add', 'table', 'local', 'unicast', address, 'dev', link, 'src', HOST]);
    } catch (error) {
      if (!(error instanceof WorldFault)) throw error;
      // Another service of this machine may have it.
      log.error({ err: error, address }, 'a public address does not lead to its guest');
    }
  }
}
