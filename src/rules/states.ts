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
  share: ['Available'],
  modify: ['Available', 'Deprecated', 'UnAvailable', 'CreateFailed'],
  deprecate: ['Available'],
  restore: ['Deprecated'],
  delete: ['Available', 'Deprecated', 'UnAvailable', 'CreateFailed'],
  cancelCopy: ['Waiting', 'Creating'],
} as const satisfies Record<string, readonly ImageStatus[]>;

export const snapshotCan = {
  createImage: ['accomplished'],
  createDisk: ['accomplished'],
  rollBack: ['accomplished'],
} as const satisfies Record<string, readonly SnapshotStatus[]>;

export type InstanceStatus = 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped';
export type DiskStatus = 'Creating' | 'Available' | 'Attaching' | 'In_use' | 'Detaching' | 'ReIniting';
export type ImageStatus = 'Waiting' | 'Creating' | 'Available' | 'UnAvailable' | 'CreateFailed' | 'Deprecated';
export type SnapshotStatus = 'progressing' | 'accomplished' | 'failed';

/** Whether what is in `state` may do what `states`, a row of a table above, is for. */
export const allows = (states: readonly string[], state: string): boolean => states.includes(state);
