import type { Duplex } from 'node:stream';
import type { Log } from '../../base/log.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { withLoners } from './alone.ts';
import { openNamespaceNetwork } from './namespace/namespaceNetwork.ts';
import { whyNoNamespaces } from './namespace/probe.ts';
import type { Network } from './network.ts';
import { openUserNetwork } from './user/userNetwork.ts';
import type { NetworkSource } from './view.ts';

export interface NetworkConfig {
  dataFolder: string;
  network: 'auto' | 'namespace' | 'user';
  guestInternet: boolean;
}

export interface NetworkParts {
  source: NetworkSource;
  /** Serves a connection of that guest to the metadata service. */
  onMetadata(instanceId: string, stream: Duplex): void;
  log: Log;
}

/** The network that was asked for; `auto`: namespaces where they can be had. Throws ToolMissing when they were asked for and can't be. */
export async function openNetwork(config: NetworkConfig, parts: NetworkParts): Promise<Network> {
  if (config.network === 'user') return openUserNetwork(parts);
  const why = await whyNoNamespaces(config.dataFolder);
  if (why === null) {
    const options = { dataFolder: config.dataFolder, internet: config.guestInternet };
    return withLoners(openNamespaceNetwork({ ...parts, ...options }), parts);
  }
  if (config.network === 'namespace') {
    throw new WorldFault(
      'ToolMissing',
      `The network namespace was asked for, or machines that run are in it, and it can't be had: ${why}`,
    );
  }
  const network = openUserNetwork(parts);
  const [first, ...others] = network.announcement;
  return { ...network, announcement: [`${first}. Why: no namespaces: ${why}`, ...others] };
}
