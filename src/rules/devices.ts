/** Device names as the API gives them; inside a guest they read `/dev/vda` … */

export const SYSTEM_DEVICE = '/dev/xvda';

/** Data disks in the order in which names are given: `/dev/xvdb` … `/dev/xvdz`. */
export const DATA_DEVICES: readonly string[] = [...'bcdefghijklmnopqrstuvwxyz'].map((letter) => `/dev/xvd${letter}`);

export const isDataDevice = (device: string): boolean => DATA_DEVICES.includes(device);

/** The first data device that is not taken, or null. */
export const nextDataDevice = (taken: ReadonlySet<string>): string | null =>
  DATA_DEVICES.find((device) => !taken.has(device)) ?? null;
