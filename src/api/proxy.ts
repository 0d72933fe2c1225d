import { isIP } from 'node:net';

/** The cloud's own hosts, which we answer for. */
export const isCloudHost = (name: string): boolean => CLOUD_HOST.test(name);

/** The cloud's, or this machine under whatever address. */
export const isOurHost = (name: string): boolean =>
  isCloudHost(name) || name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;

const CLOUD_HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}aliyuncs\.com$/i;

/** `ecs.cn-hangzhou.aliyuncs.com:443` and its like. */
export function mayTunnelTo(authority: string): boolean {
  const match = /^([^:]+):(443|80)$/.exec(authority);
  return match !== null && isCloudHost(match[1]!);
}
