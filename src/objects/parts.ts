import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { Database } from '../records/database.ts';
import type { AccountRow } from '../records/tables/accounts.ts';
import type { BlobsInUse } from './blobsInUse.ts';
import type { Hashes } from './hashing/hashes.ts';
import type { ObjectRequest } from './request.ts';
import type { Payload } from './signatures/signature.ts';

/** What the object front works with. */
export interface ObjectParts {
  database: Database;
  blobs: Blobs;
  blobsInUse: BlobsInUse;
  hashes: Hashes;
  clock: Clock;
  /** Milliseconds of the clock on the wall: signatures are judged by it. */
  realNow: () => number;
  ids: Ids;
  log: Log;
}

/** A request with who makes it. */
export interface ObjectCall extends ObjectRequest {
  parts: ObjectParts;
  /** Null: anonymous. */
  account: AccountRow | null;
  payload: Payload;
  /** For the `Payload` that is checked chunk by chunk. */
  secret: string;
}

/** What goes back. A string is XML unless the headers say otherwise. */
export interface ObjectAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | AsyncIterable<Uint8Array>;
}
