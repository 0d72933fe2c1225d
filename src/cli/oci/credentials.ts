import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';

/** `name:password`, base64. */
export type BasicCredentials = string;

/**
 * What `docker login`, `podman login` or `skopeo login` left for the registry; null: nothing. Files, in this order: REGISTRY_AUTH_FILE,
 * podman's, docker's. Source: containers-auth.json(5).
 */
export function credentialsFor(host: string, { env }: Pick<Io, 'env'>): BasicCredentials | null {
  const files = [
    env['REGISTRY_AUTH_FILE'],
    env['XDG_RUNTIME_DIR'] && join(env['XDG_RUNTIME_DIR'], 'containers/auth.json'),
    env['DOCKER_CONFIG'] && join(env['DOCKER_CONFIG'], 'config.json'),
    env['HOME'] && join(env['HOME'], '.docker/config.json'),
  ];
  for (const file of files) {
    const found = file && existsSync(file) ? authIn(file, host) : null;
    if (found !== null) return found;
  }
  return null;
}

function authIn(file: string, host: string): BasicCredentials | null {
  try {
    const { auths } = JSON.parse(readFileSync(file, 'utf8')) as { auths?: Record<string, { auth?: unknown }> };
    const auth = auths?.[host]?.auth;
    return typeof auth === 'string' && auth !== '' ? auth : null;
  } catch (cause) {
    throw new CliFault('FileUnreadable', `${file} can not be read: ${(cause as Error).message}`, { cause });
  }
}
