import type { BucketRow } from '../records/tables/buckets.ts';

/** What a bucket's owner may set. Kept as JSON in the bucket's row. */
export interface BucketSettings {
  cors?: CorsRule[];
  lifecycle?: LifecycleRule[];
  /** As it was put. */
  policy?: string;
  tags?: [key: string, value: string][];
}

export interface CorsRule {
  allowedOrigins: string[];
  allowedMethods: string[];
  allowedHeaders: string[];
  exposeHeaders: string[];
  maxAgeSeconds: number | null;
}

export interface LifecycleRule {
  id: string;
  prefix: string;
  isEnabled: boolean;
  /** After so many days without a change. */
  days: number | null;
  /** Changed before this: milliseconds since the epoch. */
  before: number | null;
  /** Unfinished uploads, after so many days. */
  abortUploadsDays: number | null;
}

export const settingsOf = ({ settings }: Pick<BucketRow, 'settings'>): BucketSettings =>
  JSON.parse(settings) as BucketSettings;
