import type { MachineDisk, MachineSpec } from '../machines.ts';
import type { Accelerator } from './accelerator.ts';
import { FLASH_OF_MACHINE, flashArguments, type Flash } from './firmware.ts';
import { diskSocket } from './machineFolder.ts';

/** The most that one guest gets, whatever its instance type says. */
export interface GuestLimits {
  cpus: number;
  memoryMib: number;
}

/** What QEMU makes in its folder. */
export const files = {
  qmp: 'qmp.sock',
  agent: 'agent.sock',
  vnc: 'vnc.sock',
  serial: 'serial.log',
  screen: 'screen.png',
  log: 'qemu.log',
};

const SANDBOX = 'on,obsolete=deny,spawn=deny,resourcecontrol=deny';
/** How long a guest's requests wait for a disk whose process died; a service that is started within this serves it again. */
const RECONNECT_S = 24 * 3600;
/** Of virtio disks. */
const LONGEST_SERIAL = 20;

export const guestCpus = (spec: MachineSpec, limits: GuestLimits): number => Math.min(spec.cpus, limits.cpus);
export const guestMemoryMib = (spec: MachineSpec, limits: GuestLimits): number =>
  Math.min(spec.memoryMib, limits.memoryMib);

/** The image's drive as QEMU's block layer names it: a node of the volume's id. */
export function blockNode({ volumeId }: MachineDisk): object {
  return {
    driver: 'nbd',
    'node-name': nodeName(volumeId),
    server: { type: 'unix', path: diskSocket(volumeId) },
    'reconnect-delay': RECONNECT_S,
    discard: 'unmap',
    'detect-zeroes': 'off',
  };
}

export function diskDevice({ volumeId, serial, isSystem }: MachineDisk): Record<string, unknown> {
  return {
    driver: 'virtio-blk-pci',
    id: deviceName(volumeId),
    drive: nodeName(volumeId),
    iothread: 'io',
    serial: serial.slice(0, LONGEST_SERIAL),
    ...(isSystem && { bootindex: 1 }),
  };
}

/** Names begin with a letter, which ids need not. */
export const nodeName = (volumeId: string): string => `node-${volumeId}`;
export const deviceName = (volumeId: string): string => `disk-${volumeId}`;

/** QEMU's arguments: nothing but what stands here, no devices of its own, no files of the user's. It waits, with the machine made, to be told to begin. */
export function qemuArguments(
  spec: MachineSpec,
  machine: {
    accelerator: Accelerator['name'];
    limits: GuestLimits;
    ownerId: number | null;
    netdev: readonly string[];
    /** Null: it boots by BIOS. */
    flash: Flash | null;
  },
): string[] {
  const { instanceId, serialNumber, disks, nic } = spec;
  const { accelerator, limits, ownerId, netdev, flash } = machine;
  return [
    ['-name', `guest=${instanceId}`],
    ['-no-user-config', '-nodefaults', '-S'],
    ['-machine', flash ? `pc${FLASH_OF_MACHINE}` : 'pc'],
    flash ? flashArguments(flash) : [],
    ['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ['-smp', String(guestCpus(spec, limits))],
    ['-m', String(guestMemoryMib(spec, limits))],
    ['-uuid', serialNumber],
    ['-smbios', `type=1,manufacturer=Alibaba Cloud,product=Alibaba Cloud ECS,serial=${serialNumber}`],
    ['-rtc', 'base=utc'],
    ['-object', 'iothread,id=io'],
    // A guest that shut itself down is found so, also by a service that was away.
    ['-action', 'shutdown=pause'],
    ['-boot', 'menu=off,strict=on'],
    ['-chardev', `file,id=serial,path=${files.serial},append=on`, '-device', 'isa-serial,chardev=serial'],
    ['-chardev', `socket,id=qmp,path=${files.qmp},server=on,wait=off`, '-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `socket,id=agent,path=${files.agent},server=on,wait=off`],
    ['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ['-device', 'virtio-rng-pci'],
    ['-device', 'VGA', '-display', `vnc=unix:${files.vnc},password=on`],
    ['-netdev', ...netdev, '-device', `virtio-net-pci,netdev=net0,mac=${nic.macAddress},romfile=`],
    ...disks.map((disk) => ['-blockdev', JSON.stringify(blockNode(disk)), '-device', JSON.stringify(diskDevice(disk))]),
    // As root it still has to give its rights away, once everything is open; then there is no program that it could start to get them back.
    ownerId === null
      ? ['-sandbox', `${SANDBOX},elevateprivileges=deny`]
      : ['-sandbox', SANDBOX, '-runas', `${ownerId}:${ownerId}`],
  ].flat();
}
