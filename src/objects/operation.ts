import type { BucketRow } from '../records/tables/buckets.ts';
import type { Right } from './access.ts';
import type { ObjectAnswer, ObjectCall } from './parts.ts';

/** One operation: which request it is for, who may ask for it, and what it does. */
export interface Operation {
  /** As a bucket policy names it (`GetObject`). */
  action: string;
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';
  on: 'service' | 'bucket' | 'object';
  /** Parameters (sub-resources) that have to be there, whatever their value. */
  with?: readonly string[];
  /** One of the vendor's own headers that has to be there (`copy-source`). */
  header?: string;
  /** `self`: it asks by itself, once it knows the object. */
  right: Right | 'self';
  /** `bucket` exists, and the caller may, unless `right` is `self`. */
  run(call: ObjectCall, bucket: BucketRow): Promise<ObjectAnswer>;
}

/** An operation of the service, or one that makes the bucket. */
export interface Founding extends Omit<Operation, 'right' | 'run'> {
  right: 'account';
  run(call: ObjectCall): Promise<ObjectAnswer>;
}
