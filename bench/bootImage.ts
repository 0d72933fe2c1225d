import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildTiny } from '../src/cli/build/tiny/buildTiny.ts';

const SECTOR = 512;
const GIB = 2 ** 30;
/** The system disk of both machines is as large: neither has to grow it. */
export const DISK_GIB = 20;
const BLOCK_BYTES = 1024;
const INODES = 65_536;
const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;

/** Where fio stands in the guest; with its libraries, since the tiny disk has none of them. */
export const GUEST_FIO = '/opt/fio/ld --library-path /opt/fio /opt/fio/fio';

/** The tiny disk as it is after its first boot, moved to the rest of the disk, with fio in it. */
export async function makeBootImage(folder: string): Promise<{ path: string; dataBytes: number }> {
  const path = join(folder, 'image.raw');
  await buildTiny(path, process.env);
  const start = statSync(path).size;
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  const run = (program: string, args: string[], input?: string | Buffer) =>
    execFileSync(program, args, { cwd: tree, input, env: { ...process.env, PATH }, maxBuffer: 2 ** 28 });
  const packed = run('mcopy', ['-i', `${path}@@${PARTITION_SECTOR * SECTOR}`, '::initrd.gz', '-']);
  run('cpio', ['-idm', '--quiet'], run('gzip', ['-dc'], packed));
  for (const one of ['run', 'var/lib']) mkdirSync(join(tree, one), { recursive: true });
  writeFileSync(join(tree, 'etc/tiny'), '');
  addFio(join(tree, 'opt/fio'));

  truncateSync(path, DISK_GIB * GIB);
  run('sfdisk', ['-q', '--append', path], `${start / SECTOR},,L\n`);
  const blocks = (DISK_GIB * GIB - start) / BLOCK_BYTES;
  const options = ['-q', '-F', '-t', 'ext4', '-L', 'tiny', '-N', String(INODES), '-d', tree];
  // Nothing is left for guests to do in the background.
  const eager = `offset=${start},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0`;
  run('mke2fs', [...options, '-E', eager, path, `${blocks}k`]);
  run('fallocate', ['--dig-holes', path]);
  run('sync', [path]);
  return { path, dataBytes: statSync(path).blocks * SECTOR };
}

const PARTITION_SECTOR = 2048;

function addFio(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const program = execFileSync('which', ['fio'], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const one of [program, ...libraries]) {
    const name = /\/ld-linux[^/]*$/.test(one) ? 'ld' : basename(one);
    copyFileSync(one, join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
}
