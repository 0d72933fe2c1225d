import type { ObjectRequest } from '../request.ts';

/** What a request says of who signed it, whichever scheme it uses. */
export interface Signature {
  accessKeyId: string;
  securityToken: string | undefined;
  /** When it was signed, milliseconds since the epoch. */
  signedAt: number;
  /** Of a presigned URL: until then. Null: the usual tolerance. */
  expiresAt: number | null;
  /** The scope's region (version 4 schemes). */
  regionId: string | null;
  /** Whether `secret` signed this request for `bucket`. */
  isBy(secret: string, bucket: string): boolean;
  /** What the body has to be. */
  payload: Payload;
}

export type Payload =
  | { kind: 'unsigned' }
  /** Its SHA-256, hex. */
  | { kind: 'hashed'; sha256: string }
  /** In signed chunks (aws-chunked): each is checked by what `key` answers for the secret. */
  | { kind: 'chunked'; isSigned: boolean; seed: string; scope: string; date: string; keyFor(secret: string): Buffer };

/** Null: the request isn't signed in this scheme. Throws AccessDenied and its like for one that is malformed. */
export type Scheme = (request: ObjectRequest) => Signature | null;
