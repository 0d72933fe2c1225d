import type { TicketStatus } from './tickets.ts';

/**
 * Which states allow what: one row per verb, asked by the API and shown by the console.
 * Source: the "Prerequisites" of each action's reference page.
 */

const RUNNING_OR_STOPPED = ['Running', 'Stopped'] as const;

export const instanceCan = {
  start: ['Stopped'],
  stop: ['Running'],
  reboot: ['Running'],
  delete: ['Stopped'],
  /** With `Force`. */
  forceDelete: RUNNING_OR_STOPPED,
  attachDisk: RUNNING_OR_STOPPED,
  /** `Bootable`. */
  attachSystemDisk: ['Stopped'],
  detachDisk: RUNNING_OR_STOPPED,
  detachSystemDisk: ['Stopped'],
  resizeDisk: RUNNING_OR_STOPPED,
  resizeDiskOnline: ['Running'],
  reInitDisk: ['Stopped'],
  resetDisk: ['Stopped'],
  replaceSystemDisk: ['Stopped'],
  createImage: RUNNING_OR_STOPPED,
  createSnapshot: RUNNING_OR_STOPPED,
  allocatePublicIp: RUNNING_OR_STOPPED,
  /** An elastic IP comes to lead to it, or no longer does. */
  changeEip: RUNNING_OR_STOPPED,
  changeType: ['Stopped'],
  changeBandwidth: RUNNING_OR_STOPPED,
  changeVpc: ['Stopped'],
  /** Its serial line and its screen. */
  beLookedAt: ['Starting', 'Running', 'Stopping'],
  setHostName: ['Running', 'Stopping', 'Stopped'],
  setPassword: ['Pending', 'Running', 'Stopping', 'Stopped'],
  setUserData: ['Stopped'],
  setCreditSpecification: RUNNING_OR_STOPPED,
  setSecurityGroups: RUNNING_OR_STOPPED,
} as const satisfies Record<string, readonly InstanceStatus[]>;

export const diskCan = {
  attach: ['Available'],
  detach: ['In_use'],
  delete: ['Available'],
  resize: ['In_use', 'Available'],
  reInit: ['In_use'],
  reset: ['In_use', 'Available'],
  replace: ['In_use'],
  createSnapshot: ['In_use', 'Available'],
  modify: ['In_use', 'Available'],
} as const satisfies Record<string, readonly DiskStatus[]>;

export const imageCan = {
  /** RunInstances, CreateInstance, ReplaceSystemDisk by id; families pass deprecated ones over. */
  createInstance: ['Available', 'Deprecated'],
  copy: ['Available'],
  /** Also while it is being made: Packer shares a copy right after asking for it. */
  share: ['Available', 'Waiting', 'Creating'],
  modify: ['Available', 'Deprecated', 'UnAvailable', 'CreateFailed'],
  deprecate: ['Available'],
  restore: ['Deprecated'],
  delete: ['Available', 'Deprecated', 'UnAvailable', 'CreateFailed'],
  export: ['Available'],
  cancelCopy: ['Waiting', 'Creating'],
  /** To be booted once. */
  prove: ['Available', 'Deprecated'],
  /** Once deleted, where the account has a recycle bin. */
  recycle: ['Available', 'Deprecated'],
} as const satisfies Record<string, readonly ImageStatus[]>;

export const snapshotCan = {
  createImage: ['accomplished'],
  createDisk: ['accomplished'],
  rollBack: ['accomplished'],
  copy: ['accomplished'],
  export: ['accomplished'],
  lock: ['progressing', 'accomplished'],
} as const satisfies Record<string, readonly SnapshotStatus[]>;

/** Elastic IPs. */
export const eipCan = {
  associate: ['Available'],
  unassociate: ['InUse'],
  release: ['Available'],
  modify: ['Available', 'InUse'],
} as const satisfies Record<string, readonly EipStatus[]>;

/** Keys of KMS. Source: its page on key states. */
export const keyCan = {
  /** Encrypt and decrypt, disks included. */
  use: ['Enabled'],
  enable: ['Enabled', 'Disabled'],
  disable: ['Enabled', 'Disabled'],
  modify: ['Enabled', 'Disabled'],
  scheduleDeletion: ['Enabled', 'Disabled'],
  cancelDeletion: ['PendingDeletion'],
  /** Be what an alias stands for. */
  alias: ['Enabled', 'Disabled'],
} as const satisfies Record<string, readonly KmsKeyState[]>;

/** Tickets: only what is asked for still can be decided, but what was granted can be taken back. */
export const ticketCan = {
  grant: ['Submitted', 'Refused'],
  refuse: ['Submitted', 'Granted'],
  withdraw: ['Submitted', 'Granted'],
} as const satisfies Record<string, readonly TicketStatus[]>;

export const INSTANCE_STATUSES = ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped'] as const;
export const DISK_STATUSES = ['Creating', 'Available', 'Attaching', 'In_use', 'Detaching', 'ReIniting'] as const;
export const IMAGE_STATUSES = [
  'Waiting',
  'Creating',
  'Available',
  'UnAvailable',
  'CreateFailed',
  'Deprecated',
] as const;
export const SNAPSHOT_STATUSES = ['progressing', 'accomplished', 'failed'] as const;

export const EIP_STATUSES = ['Available', 'Associating', 'InUse', 'Unassociating'] as const;

/** `PendingImport` is one of the cloud's too: of keys with material from outside, which there are none of here. */
export const KMS_KEY_STATES = ['Enabled', 'Disabled', 'PendingDeletion'] as const;

export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];
export type DiskStatus = (typeof DISK_STATUSES)[number];
export type ImageStatus = (typeof IMAGE_STATUSES)[number];
export type EipStatus = (typeof EIP_STATUSES)[number];
export type SnapshotStatus = (typeof SNAPSHOT_STATUSES)[number];
export type KmsKeyState = (typeof KMS_KEY_STATES)[number];

/** Whether what is in `state` may do what `states`, a row of a table above, is for. */
export const allows = (states: readonly string[], state: string): boolean => states.includes(state);
