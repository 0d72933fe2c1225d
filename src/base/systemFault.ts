import { WorldFault } from './worldFault.ts';

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
const SQLITE_CODES: Record<number, string> = { 3: 'EACCES', 8: 'SQLITE_READONLY', 13: 'SQLITE_FULL', 14: 'ENOENT' };

/** What a failed system call means for the operator, as a fault that carries it as its cause. `doing` completes "could not …". */
export function systemFault(error: unknown, doing: string): WorldFault {
  if (error instanceof WorldFault) return error;
  const { code, errcode } = (error ?? {}) as { code?: string; errcode?: number };
  const fault = (name: string, why: string, retryable: boolean) =>
    new WorldFault(name, `Could not ${doing}: ${why}`, { retryable, cause: error });
  switch (errcode === undefined ? code : (SQLITE_CODES[errcode & 0xff] ?? code)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return fault('DiskFull', 'the disk is full', true);
    case 'EFBIG':
      return fault('DiskFull', 'no file may grow so large', true);
    case 'EROFS':
    case 'SQLITE_READONLY':
      return fault('ReadOnly', 'the file system is read-only', false);
    case 'EACCES':
    case 'EPERM':
      return fault('NoPermission', 'permission denied', false);
    case 'ENOENT':
      return fault('FileMissing', 'no such file', false);
    case 'EMFILE':
    case 'ENFILE':
      return fault('TooManyFiles', 'too many open files', true);
    default:
      return fault('DiskFault', error instanceof Error ? error.message : String(error), true);
  }
}
