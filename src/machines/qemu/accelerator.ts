import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from '../../base/files.ts';
import { hostBootId } from './processOf.ts';
import { PROBE_PORT, PROBE_STATUS, probeSector } from './probeGuest.ts';

export interface Accelerator {
  name: 'kvm' | 'tcg';
  /** Why it is not KVM; null: it is. */
  why: string | null;
}

const KVM_DEVICE = '/dev/kvm';
/** A guest this small needs a fraction of a second; a /dev/kvm that does not work may keep it for ever. */
const PROBE_MS = 3000;

/**
 * As `probeAccelerator` says; what it said is kept in the file `notes` until the host starts anew or has another QEMU, for a probe may
 * take seconds.
 */
export async function knownAccelerator(program: string, notes: string): Promise<Accelerator> {
  const probedFor = `${hostBootId()} ${program} ${statSync(program).mtimeMs} ${process.getuid?.()}`;
  try {
    const noted = JSON.parse(readFileSync(notes, 'utf8')) as Accelerator & { probedFor: string };
    if (noted.probedFor === probedFor) return { name: noted.name, why: noted.why };
  } catch {
    // None, or none that can be read: it is made below.
  }
  const accelerator = await probeAccelerator(program);
  writeDurably(notes, JSON.stringify({ ...accelerator, probedFor }), 0o600);
  return accelerator;
}

/** KVM when a guest really ran under it: the device may be there and not work. */
export async function probeAccelerator(program: string): Promise<Accelerator> {
  const tcg = (why: string): Accelerator => ({ name: 'tcg', why });
  if (process.arch !== 'x64') return tcg(`guests are x86-64, this machine is ${process.arch}`);
  try {
    accessSync(KVM_DEVICE, constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return tcg(code === 'ENOENT' ? `there is no ${KVM_DEVICE}` : `this user may not open ${KVM_DEVICE}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-probe-'));
  try {
    const path = join(folder, 'probe.raw');
    writeFileSync(path, probeSector());
    return (await runProbe(program, path))
      ? { name: 'kvm', why: null }
      : tcg(`a probe guest did not run on ${KVM_DEVICE}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runProbe(program: string, disk: string): Promise<boolean> {
  const bare = ['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot', '-accel', 'kvm', '-m', '32'];
  const drive = ['-drive', `file=${disk.replaceAll(',', ',,')},format=raw,if=ide`];
  const door = ['-device', `isa-debug-exit,iobase=${PROBE_PORT},iosize=4`];
  const child = spawn(program, [...bare, ...drive, ...door], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve) => {
    const over = (ran: boolean) => {
      clearTimeout(timer);
      // It may hang in the kernel, where no signal reaches it: its end is not waited for.
      child.kill('SIGKILL');
      child.stderr.destroy();
      child.unref();
      resolve(ran);
    };
    const timer = setTimeout(over, PROBE_MS, false);
    child.stderr.on('data', (bytes: Buffer) => bytes.includes('KVM internal error') && over(false));
    child.once('error', () => over(false));
    child.once('exit', (status) => over(status === PROBE_STATUS));
  });
}
