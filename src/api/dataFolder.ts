import { join } from 'node:path';

/** Where the service keeps what. The block stores and volumes lay out their own folders. */
export interface DataFolder {
  root: string;
  records: string;
  regions: string;
  volumes: string;
  /** JSON, 0600: the operator account's `accountId, accessKeyId, accessKeySecret`. */
  credentials: string;
  /** One line, 0600: what operator endpoints ask for as a bearer token. */
  operatorToken: string;
  /** JSON: where the running service listens, rewritten at each start. */
  service: string;
  lock: string;
  format: string;
  tls: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    records: join(root, 'records.db'),
    regions: join(root, 'regions'),
    volumes: join(root, 'volumes'),
    credentials: join(root, 'credentials.json'),
    operatorToken: join(root, 'operator.token'),
    service: join(root, 'service.json'),
    lock: join(root, 'lock'),
    format: join(root, 'format.json'),
    tls: join(root, 'tls'),
  };
}
