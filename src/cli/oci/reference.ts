import { CliFault, exitCodes } from '../fault.ts';

/** Where an artifact is: `oci://host:port/repository:tag`, or `@sha256:…` in the place of the tag. */
export interface Reference {
  /** With its port where one is named. */
  host: string;
  repository: string;
  /** A tag or a digest. */
  version: string;
}

const SCHEME = 'oci://';
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
// Source: OCI distribution specification, "Pulling manifests".
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
const LONGEST_REPOSITORY = 255;

export const isOci = (text: string): boolean => text.startsWith(SCHEME);

export function parseReference(text: string): Reference {
  const parts = /^oci:\/\/(?<host>[^/]+)\/(?<repository>[^:@]+)(?:@(?<digest>.+)|:(?<tag>.+))$/.exec(text)?.groups;
  const { host = '', repository = '', digest, tag } = parts ?? {};
  const isVersion = digest === undefined ? TAG.test(tag ?? '') : DIGEST.test(digest);
  if (!HOST.test(host) || !REPOSITORY.test(repository) || repository.length > LONGEST_REPOSITORY || !isVersion) {
    throw new CliFault('Usage', `${text} names no artifact.`, {
      exitCode: exitCodes.usage,
      hint: `Say ${SCHEME}host:port/repository:tag, or @sha256:… in the place of the tag.`,
    });
  }
  return { host, repository, version: digest ?? tag! };
}
