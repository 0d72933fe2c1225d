/** What ImageFormat names, with the ending that the object gets: RAW is packed, as the cloud packs it. */
const FORMATS = { raw: 'raw.tar.gz', qcow2: 'qcow2', vhd: 'vhd', vmdk: 'vmdk' } as const;

export type ExportFormat = (typeof FORMATS)[keyof typeof FORMATS];

/** Null: there is none of this name. In either case, as in the cloud's examples. */
export function exportFormatOf(imageFormat = 'raw'): ExportFormat | null {
  const name = imageFormat.toLowerCase();
  return Object.hasOwn(FORMATS, name) ? FORMATS[name as keyof typeof FORMATS] : null;
}

/** Of an object's name: 1 to 30 letters and digits. Source: ExportImage, OSSPrefix. */
export const isExportPrefix = (prefix: string): boolean => /^[A-Za-z0-9]{1,30}$/.test(prefix);

/** Source: "Export an image", limits. */
export const EXPORTED_DATA_DISKS = 4;
export const EXPORTED_DATA_GIB = 500;

/** `<prefix>_<image>_system`; a data disk is told by where it is attached: `<prefix>_<image>_data_xvdb`. */
export function exportName(
  prefix: string | undefined,
  imageId: string,
  disk: { type: string; device: string },
): string {
  const role = disk.type === 'system' ? 'system' : `data_${disk.device.slice(disk.device.lastIndexOf('/') + 1)}`;
  return [...(prefix === undefined ? [] : [prefix]), imageId, role].join('_');
}

/** Systems whose licence holds in the cloud only, unless the owner brought one. Source: "Export an image", limits. */
export const isLicensed = ({ platform, licenseType }: { platform: string; licenseType: string | null }): boolean =>
  licenseType !== 'BYOL' && /^(?:windows|red ?hat|rhel|suse)/i.test(platform);
