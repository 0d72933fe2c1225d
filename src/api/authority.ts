import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callbackify } from 'node:util';
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';
import { writeDurably } from '../base/files.ts';
import { isCloudHost } from './proxy.ts';
import type { Minted } from './certificates.ts';

const HOUR_MS = 3600_000;
const RENEW_BEFORE_MS = 30 * 24 * HOUR_MS;
/** Distinct cloud hosts that clients name. */
const CONTEXTS_KEPT = 1000;

export interface Authority {
  /** PEM file that clients are told to trust. */
  caFile: string;
  tls: TlsOptions;
}

/**
 * The service's own certificate authority: made at the first start, kept in `folder`. The leaf for `localhost` and for cloud hosts of
 * one label is made beside it; those for longer names (`ecs.cn-shanghai.aliyuncs.com`) when a client first names them.
 */
export async function openAuthority(folder: string): Promise<Authority> {
  const caFile = join(folder, 'ca.pem');
  const caKeyFile = join(folder, 'ca.key');
  const leafFile = join(folder, 'leaf.pem');
  const leafKeyFile = join(folder, 'leaf.key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  if (!isFresh(caFile) || !existsSync(caKeyFile)) {
    const { mintAuthority } = await import('./certificates.ts');
    const minted = await mintAuthority();
    // The key first: a certificate on disk always has its key.
    writeDurably(caKeyFile, minted.key, 0o600);
    writeDurably(caFile, minted.certificate, 0o644);
  }
  const ca: Minted = { key: readFileSync(caKeyFile, 'utf8'), certificate: readFileSync(caFile, 'utf8') };
  if (!isFresh(leafFile) || !existsSync(leafKeyFile) || !isSignedBy(leafFile, ca)) {
    const { mintLeaf } = await import('./certificates.ts');
    const minted = await mintLeaf(ca, { names: ['localhost', '*.aliyuncs.com'], addresses: ['127.0.0.1', '::1'] });
    writeDurably(leafKeyFile, minted.key, 0o600);
    writeDurably(leafFile, minted.certificate, 0o644);
  }
  return { caFile, tls: tlsOptions(ca, leafFile, leafKeyFile) };
}

function tlsOptions(ca: Minted, leafFile: string, leafKeyFile: string): TlsOptions {
  const byHost = new Map<string, { context: Promise<SecureContext>; madeAt: number }>();
  const mint = async (host: string): Promise<SecureContext> => {
    const { mintLeaf } = await import('./certificates.ts');
    const { key, certificate } = await mintLeaf(ca, { names: [host], addresses: [] });
    return createSecureContext({ key, cert: certificate });
  };
  const contextOf = (host: string): Promise<SecureContext> => {
    const kept = byHost.get(host);
    if (kept && kept.madeAt > Date.now() - 24 * HOUR_MS) return kept.context;
    if (byHost.size >= CONTEXTS_KEPT) byHost.clear();
    const context = mint(host);
    byHost.set(host, { context, madeAt: Date.now() });
    return context;
  };
  return {
    key: readFileSync(leafKeyFile),
    cert: readFileSync(leafFile),
    minVersion: 'TLSv1.2',
    // The standing leaf covers one label before the cloud's domain; `null` stands for it.
    SNICallback: callbackify(async (name: string) => {
      const host = name.toLowerCase();
      return isCloudHost(host) && host.split('.').length > 3 ? contextOf(host) : null;
    }) as NonNullable<TlsOptions['SNICallback']>,
  };
}

function isFresh(file: string): boolean {
  if (!existsSync(file)) return false;
  return Date.parse(new X509Certificate(readFileSync(file)).validTo) > Date.now() + RENEW_BEFORE_MS;
}

function isSignedBy(file: string, ca: Minted): boolean {
  return new X509Certificate(readFileSync(file)).checkIssued(new X509Certificate(ca.certificate));
}
