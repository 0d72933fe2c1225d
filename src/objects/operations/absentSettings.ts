import { ObjectFault } from '../faults.ts';
import type { Operation } from '../operation.ts';
import { xmlAnswer } from '../xml.ts';

/**
 * What Terraform and the SDKs ask of every bucket though few set it: answered as by a bucket that has none. Setting them is refused, as not built.
 * Source: reference pages of the Get… operations.
 */
const ABSENT = {
  encryption: ['NoSuchServerSideEncryptionRule', 'The server side encryption rule does not exist.'],
  replication: ['NoSuchReplicationConfiguration', 'The bucket replication configuration does not exist.'],
  website: ['NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration.'],
  worm: ['NoSuchWORMConfiguration', 'The WORM configuration does not exist.'],
} as const;

const EMPTY = {
  logging: ['BucketLoggingStatus', {}],
  referer: ['RefererConfiguration', { AllowEmptyReferer: true, RefererList: '' }],
  requestPayment: ['RequestPaymentConfiguration', { Payer: 'BucketOwner' }],
  transferAcceleration: ['TransferAccelerationConfiguration', { Enabled: false }],
  versioning: ['VersioningConfiguration', {}],
} as const;

const get = (name: string): Pick<Operation, 'action' | 'method' | 'on' | 'with' | 'right'> => ({
  action: `GetBucket${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  method: 'GET',
  on: 'bucket',
  with: [name],
  right: 'owner',
});

export const absentSettings: readonly Operation[] = [
  ...Object.entries(ABSENT).map(([name, [code, message]]): Operation => ({
    ...get(name),
    run: () => Promise.reject(new ObjectFault(404, code, message)),
  })),
  ...Object.entries(EMPTY).map(([name, [root, body]]): Operation => ({
    ...get(name),
    run: async ({ dialect }) => xmlAnswer(dialect, root, body),
  })),
];
