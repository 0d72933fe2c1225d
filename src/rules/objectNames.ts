/** Source: "Bucket naming conventions", OSS and S3 alike. */
export const isBucketName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name);

const LONGEST_KEY_BYTES = 1023;

/** Of an object in OSS. Source: "Object naming conventions". */
export const isObjectKey = (key: string): boolean =>
  key !== '' && Buffer.byteLength(key) <= LONGEST_KEY_BYTES && !/^[/\\]|\0/.test(key);
