/** The two ways to speak to one store. */
export type Dialect = 'oss' | 's3';

/** Of the vendor's own headers. */
export const PREFIX = { oss: 'x-oss-', s3: 'x-amz-' } as const satisfies Record<Dialect, string>;

/** `oss-cn-hangzhou.aliyuncs.com`, with `-internal`, with a bucket before it, with an empty one (ali-oss for service calls). */
const OSS_HOST = /^(?:(?<bucket>[^.]*)\.)?oss-(?<region>[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/;
/** `bucket.localhost`: any name under localhost is this machine. */
const LOCAL_HOST = /^(?<bucket>[^.]+)\.localhost$/;

export interface Place {
  /** Null: it is in the path, or there is none. */
  bucket: string | null;
  /** Null: the host does not say. */
  regionId: string | null;
}

/** What a host name (without port) says of bucket and region; null: nothing that this service would know. */
export function placeOfHost(host: string): Place {
  const name = host.toLowerCase();
  const oss = OSS_HOST.exec(name)?.groups;
  if (oss) return { bucket: oss['bucket'] || null, regionId: oss['region']! };
  const local = LOCAL_HOST.exec(name)?.groups;
  return { bucket: local?.['bucket'] ?? null, regionId: null };
}

export const isOssHost = (host: string): boolean => OSS_HOST.test(host.toLowerCase());
