import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import type { Service } from '../service.ts';
import { credentialsFor } from './credentials.ts';
import { parseReference } from './reference.ts';
import { openRepository, type Repository } from './registry.ts';

export interface RegistryOptions {
  plainHttp?: boolean;
}

interface Workplace {
  repository: Repository;
  /** A tag or a digest. */
  version: string;
  /** Of the raw disk; nothing is there yet. */
  path: string;
}

/** With the repository that is named, and a place for its disk beside the service's own, which is gone afterwards. Ctrl-C ends it. */
export async function withDiskOf<T>(
  { service, source, options, io }: { service: Service; source: string; options: RegistryOptions; io: Io },
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  const reference = parseReference(source);
  const ending = new AbortController();
  const release = io.onInterrupt(() =>
    ending.abort(
      new CliFault('Interrupted', 'Nothing was made; what the registry has by now is not sent again.', {
        exitCode: exitCodes.interrupted,
      }),
    ),
  );
  // The service empties it at its start.
  const scratch = join(service.dataDir, 'scratch');
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, 'oci-'));
  try {
    const repository = openRepository(reference, {
      credentials: credentialsFor(reference.host, io),
      plainHttp: options.plainHttp ?? false,
      signal: ending.signal,
    });
    return await work({ repository, version: reference.version, path: join(folder, 'disk.raw') });
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}
