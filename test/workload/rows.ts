import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

export interface DiskState {
  id: string;
  status: string;
  type: string;
  device: string | null;
  instanceId: string | null;
  sizeGib: number;
  volumeId: string;
}

export interface SnapshotState {
  id: string;
  status: string;
  regionId: string;
  root: string | null;
  sizeBytes: number;
}

export interface JobState {
  id: string;
  kind: string;
  status: string;
  attempts: number;
  runAfter: number;
  errorCode: string | null;
  errorMessage: string | null;
  resourceId: string;
}

/** The service's records, read beside it. */
export interface Rows {
  image(id: string): { status: string } | undefined;
  imageByName(name: string): { id: string } | undefined;
  /** In the order of the image's disks; null: an empty one. */
  snapshotsOfImage(imageId: string): (string | null)[];
  snapshot(id: string): SnapshotState | undefined;
  disk(id: string): DiskState | undefined;
  disksOfInstance(instanceId: string): DiskState[];
  instance(id: string): { status: string } | undefined;
  /** Everything that is there, of images the accounts’ own: ids with states. */
  all(table: 'images' | 'snapshots' | 'disks' | 'instances'): { id: string; status: string }[];
  volumeIds(): string[];
  /** Waiting, running and failed ones. */
  openJobs(): JobState[];
  failedJobs(): JobState[];
  /** Distinct roots that a region's rows reach. */
  roots(regionId: string): string[];
  close(): void;
}

export function openRows(dataDir: string): Rows {
  const database = new DatabaseSync(join(dataDir, 'records.db'), { readOnly: true, timeout: 10_000 });
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const all = <T>(sql: string, ...values: SQLInputValue[]): T[] => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)));
    return statement.all(...values) as T[];
  };
  const DISK = 'SELECT id, status, type, device, instanceId, sizeGib, volumeId FROM disks';
  const JOB = 'SELECT id, kind, status, attempts, runAfter, errorCode, errorMessage, resourceId FROM jobs';
  return {
    image: (id) => all<{ status: string }>('SELECT status FROM images WHERE id = ? AND deletedAt IS NULL', id)[0],
    imageByName: (name) => all<{ id: string }>('SELECT id FROM images WHERE name = ? AND deletedAt IS NULL', name)[0],
    snapshotsOfImage: (imageId) =>
      all<{ snapshotId: string | null }>(
        'SELECT snapshotId FROM imageDisks WHERE imageId = ? ORDER BY position',
        imageId,
      ).map(({ snapshotId }) => snapshotId),
    snapshot: (id) =>
      all<SnapshotState>('SELECT id, status, regionId, root, sizeBytes FROM snapshots WHERE id = ?', id)[0],
    disk: (id) => all<DiskState>(`${DISK} WHERE id = ?`, id)[0],
    disksOfInstance: (instanceId) => all<DiskState>(`${DISK} WHERE instanceId = ? ORDER BY device`, instanceId),
    instance: (id) => all<{ status: string }>('SELECT status FROM instances WHERE id = ?', id)[0],
    all: (table) =>
      all(
        `SELECT id, status FROM ${table}${table === 'images' ? " WHERE deletedAt IS NULL AND kind = 'self'" : ''} ORDER BY id`,
      ),
    volumeIds: () => all<{ volumeId: string }>('SELECT volumeId FROM disks').map(({ volumeId }) => volumeId),
    openJobs: () => all(`${JOB} WHERE status IN ('waiting', 'running')`),
    failedJobs: () => all(`${JOB} WHERE status NOT IN ('waiting', 'running', 'succeeded')`),
    roots: (regionId) =>
      all<{ root: string }>(
        `SELECT root FROM snapshots WHERE regionId = ?1 AND root IS NOT NULL
         UNION SELECT baseRoot FROM disks WHERE regionId = ?1 AND baseRoot IS NOT NULL
         UNION SELECT lastRoot FROM disks WHERE regionId = ?1 AND lastRoot IS NOT NULL`,
        regionId,
      ).map(({ root }) => root),
    close: () => database.close(),
  };
}
