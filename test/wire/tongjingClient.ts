import RPCClient from '@alicloud/pop-core';
import type { Account, World } from '../world.ts';

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** The actions that we add to the cloud's, through the vendor's RPC client. */
export type TongjingClient = <T>(action: string, parameters?: Parameters) => Promise<T>;

export function tongjingClient(world: World, { accessKeyId, accessKeySecret }: Account): TongjingClient {
  const { endpoint } = world;
  const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint, apiVersion: '2026-11-01' });
  return (action, parameters = {}) => client.request(action, parameters, { method: 'POST' });
}
