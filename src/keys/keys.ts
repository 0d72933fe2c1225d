/** What encrypts content: the key material of one KMS key, as the data plane uses it. */
export interface ContentKey {
  /** The KMS key's id. Named in snapshots' and disks' rows, and in volumes. */
  id: string;
  /** 32 bytes. What chunks and volumes are encrypted with is derived from it. Never logged, never on a command line. */
  secret: Buffer;
}

/** Hands out key material to the data plane. */
export interface Keys {
  /** Throws WorldFault `KeyUnavailable` (not retryable) when the key is disabled, pending deletion or gone. */
  open(keyId: string): Promise<ContentKey>;
}

/** Makes and unwraps key material, for the key service. What is wrapped is in the records, and worth nothing without the root key. */
export interface KeyWrapping {
  /** New material for a key, wrapped: it unwraps as this key's alone. */
  make(keyId: string): string;
  /** 32 bytes. Throws WorldFault `KeyUnavailable` when it is not this key's, or was wrapped by another root key. */
  unwrap(keyId: string, material: string): Buffer;
}
