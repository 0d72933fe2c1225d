import { stripVTControlCharacters } from 'node:util';

/** Whether custom images have to boot once before they are Available. */
export const BOOT_PROOFS = ['off', 'required'] as const;

/** `waiting` for its turn, `booting`, and how it ended. */
export type BootProofStatus = 'waiting' | 'booting' | 'proven' | 'failed';

const IMAGE = /^m-/;
const MACHINE = /^p-/;

/** The throwaway machine that boots an image; there is one at a time. */
export const provingMachine = (imageId: string): string => imageId.replace(IMAGE, 'p-');
/** What it boots from. */
export const provingVolume = (imageId: string): string => imageId.replace(IMAGE, 'p');
/** The image that a machine proves; null: it is an instance's. */
export const imageProvenBy = (machineId: string): string | null =>
  MACHINE.test(machineId) ? machineId.replace(MACHINE, 'm-') : null;

/** Its network card. */
export const PROVING_NIC = { macAddress: '00:16:3e:00:00:01', privateIp: '192.168.0.2', cidrBlock: '192.168.0.0/24' };

/** What says on the serial line that a guest has come up. */
const MARKS: readonly [RegExp, string][] = [
  [/^\S+ login: *$/m, 'its login prompt'],
  [/\bCloud-init v\. \S+ finished at /, 'the end of cloud-init'],
  [/^tongjing tiny ready$/m, 'the end of its start'],
];

/** What says that it never will. */
const FAULTS: readonly [RegExp, string][] = [
  [/Kernel panic - not syncing: [ -~]{0,160}/, 'Its kernel gave up'],
  [/^\(initramfs\) *$/m, 'It found no root file system and stopped in its initramfs'],
  [/You are in emergency mode/, 'It stopped in emergency mode'],
];

/** How far a guest is by what it wrote to its serial line, which is the guest's word and shown as such; null: nothing can be said yet. */
export function readConsole(bytes: Buffer): { reached: string } | { fault: string } | null {
  const text = stripVTControlCharacters(bytes.toString('latin1')).replaceAll('\r', '');
  for (const [sign, reached] of MARKS) if (sign.test(text)) return { reached };
  for (const [sign, fault] of FAULTS) {
    const said = sign.exec(text)?.[0].trim();
    if (said !== undefined) return { fault: `${fault}: "${said}"` };
  }
  return null;
}
