import type { Network } from './network.ts';
import { openUserNetwork } from './user/userNetwork.ts';
import type { NetworkParts } from './openNetwork.ts';

/** Guests without a VPC are each alone with the metadata service: they reach nothing else, and nothing reaches them. */
export function withLoners(network: Network, parts: NetworkParts): Network {
  if (network.kind === 'user') return network;
  const alone = openUserNetwork(parts);
  const of = ({ vpcId }: { vpcId: string }): Network => (vpcId === '' ? alone : network);
  return {
    ...network,
    netdev: (nic, folder) => of(nic).netdev(nic, folder),
    prepare: (nic) => of(nic).prepare(nic),
    join: (nic, folder) => of(nic).join(nic, folder),
    readdress: (nic) => of(nic).readdress(nic),
    async leave(instanceId) {
      await alone.leave(instanceId);
      await network.leave(instanceId);
    },
    async [Symbol.asyncDispose]() {
      await alone[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}
