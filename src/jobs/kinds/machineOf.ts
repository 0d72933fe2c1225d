import { WorldFault } from '../../base/worldFault.ts';
import type { MachineDisk, MachineSpec, Nic } from '../../machines/machines.ts';
import type { Db } from '../../records/database.ts';
import { findGuest, type GuestRows } from '../../records/guestFacts.ts';
import { disksOfInstance, type DiskRow } from '../../records/tables/disks.ts';
import { findInstanceType } from '../../rules/instanceTypes.ts';

const MIB_PER_GIB = 1024;

/** An instance as its machine is made; null: there is none any more. */
export async function machineOf(db: Db, instanceId: string): Promise<MachineSpec | null> {
  const guest = await findGuest(db, instanceId);
  if (!guest) return null;
  const { instance } = guest;
  const type = findInstanceType(instance.instanceType);
  const disks = await disksOfInstance(db, instanceId);
  return {
    instanceId,
    cpus: type?.cpuCoreCount ?? 1,
    memoryMib: (type?.memoryGib ?? 1) * MIB_PER_GIB,
    serialNumber: instance.serialNumber,
    bootMode: instance.bootMode,
    disks: disks.filter(({ status }) => status !== 'Detaching').map(machineDisk),
    nic: nicOf(guest),
    vncPassword: instance.vncPassword,
  };
}

export const machineDisk = ({ volumeId, serialNumber, type }: DiskRow): MachineDisk => ({
  volumeId,
  serial: serialNumber,
  isSystem: type === 'system',
});

export const nicOf = ({ instance, vSwitchCidrBlock }: GuestRows): Nic => ({
  instanceId: instance.id,
  macAddress: instance.macAddress,
  privateIp: instance.privateIp,
  cidrBlock: vSwitchCidrBlock,
  vpcId: instance.vpcId ?? '',
  publicIp: instance.publicIp,
});

/** A machine for arm64 would run here and show nothing. */
export const foreignMachine = (driver: string): WorldFault =>
  new WorldFault('MachineFailed', `Its image is for arm64: the driver ${driver} boots x86 alone.`);
