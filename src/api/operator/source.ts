import type { Download } from '../../base/download.ts';
import { badField, flagIn, formIn, pathIn, textIn, type Core, type OperatorRequest } from './parts.ts';

type Body = OperatorRequest['body'];

/** Where an image's or a disk's bytes come from, and what they are. `pull`: from another server, which `path` then names. */
interface Source extends ReturnType<typeof formIn> {
  path: string;
  pull?: Download;
}

/** `{path, format}`, of a file on this host, or `{pull: {url, sha256, mostBytes, allowPrivate?, followRedirects?}, format}`. */
export function sourceIn(body: Body): Source {
  const form = formIn(body);
  if (body['pull'] === undefined) return { path: pathIn(body), ...form };
  const pull = pullIn(body['pull']);
  return { path: pull.url, pull, ...form };
}

function pullIn(value: unknown): Download {
  if (typeof value !== 'object' || value === null) throw badField('pull', 'an object');
  const body = value as Body;
  const url = URL.parse(textIn(body, 'url'));
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw badField('url', 'an http or https address');
  // They would stay in the records.
  if (url.username !== '' || url.password !== '') throw badField('url', 'without a user name and a password');
  const sha256 = textIn(body, 'sha256');
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw badField('sha256', '64 hexadecimal digits');
  const mostBytes = body['mostBytes'];
  if (typeof mostBytes !== 'number' || !Number.isSafeInteger(mostBytes) || mostBytes < 1)
    throw badField('mostBytes', 'a whole number');
  return {
    url: url.href,
    sha256,
    mostBytes,
    allowPrivate: flagIn(body, 'allowPrivate'),
    followRedirects: flagIn(body, 'followRedirects'),
  };
}

/** Of its disk as far as that can be known; 0: once it is here. */
export async function sizeOfSource({ transfers }: Core, { pull, ...file }: Source): Promise<number> {
  return pull ? 0 : (await transfers.probe(file)).sizeBytes;
}
