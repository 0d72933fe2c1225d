import { CliFault } from '../fault.ts';
import type { Parameters } from '../service.ts';
import type { DiskItem, InstanceItem } from './party.ts';

/** An image's name, of which an account has one in a region. */
export const uniqueName = (prefix: string): string => `${prefix}-${Date.now().toString(36)}`;

/** Refuses an instance that is between two states. */
export function requireSteady({ InstanceId, Status }: InstanceItem): void {
  if (Status === 'Running' || Status === 'Stopped') return;
  throw new CliFault('IncorrectInstanceStatus', `${InstanceId} is ${Status}: it has to be Running or Stopped.`);
}

/** What a new instance has of an old one: type, network, login, and the sizes of its disks. */
export function likeness(instance: InstanceItem, disks: readonly DiskItem[]): Parameters {
  const parameters: Record<string, string | number | boolean> = {
    RegionId: instance.RegionId,
    InstanceType: instance.InstanceType,
    VSwitchId: instance.VpcAttributes.VSwitchId,
    InternetMaxBandwidthOut: instance.InternetMaxBandwidthOut,
    ...(instance.KeyPairName && { KeyPairName: instance.KeyPairName }),
  };
  for (const [index, group] of instance.SecurityGroupIds.SecurityGroupId.entries()) {
    parameters[`SecurityGroupIds.${index + 1}`] = group;
  }
  return { ...parameters, ...diskParameters(disks) };
}

/** Sizes and categories of the disks that an image brings. */
export function diskParameters(disks: readonly DiskItem[]): Parameters {
  const parameters: Record<string, string | number | boolean> = {};
  let count = 0;
  for (const { Type, Device, Size, Category, DeleteWithInstance } of disks) {
    if (Category.startsWith('ephemeral') || Category.startsWith('local')) continue;
    const prefix = Type === 'system' ? 'SystemDisk' : `DataDisk.${(count += 1)}`;
    parameters[`${prefix}.Size`] = Size;
    parameters[`${prefix}.Category`] = Category;
    if (Type === 'system') continue;
    parameters[`${prefix}.Device`] = Device;
    parameters[`${prefix}.DeleteWithInstance`] = DeleteWithInstance;
  }
  return parameters;
}
