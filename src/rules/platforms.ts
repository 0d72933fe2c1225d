/** Operating systems that CreateImage and ImportImage take as Platform. Source: their reference pages, older versions included. */
const LINUX = [
  'Aliyun',
  'Anolis',
  'CentOS',
  'CentOS Stream',
  'Ubuntu',
  'CoreOS',
  'SUSE',
  'Debian',
  'OpenSUSE',
  'FreeBSD',
  'RedHat',
  'Kylin',
  'UOS',
  'Fedora',
  'Fedora CoreOS',
  'AlmaLinux',
  'Rocky Linux',
  'Gentoo',
  'Customized Linux',
  'Others Linux',
];
const WINDOWS = ['2003', '2008', '2012', '2016', '2019', '2022', '2025'].map((version) => `Windows Server ${version}`);

export const DEFAULT_PLATFORM = 'Others Linux';

export const platforms: readonly string[] = [...LINUX, ...WINDOWS];

export const osTypeOf = (platform: string): 'linux' | 'windows' => (WINDOWS.includes(platform) ? 'windows' : 'linux');

/** OSName and OSNameEn of a system of which no more than this is known. */
export function osNames(
  platform: string,
  architecture: 'i386' | 'x86_64' | 'arm64',
): { osName: string; osNameEn: string } {
  const bits = architecture === 'i386' ? 32 : 64;
  return { osName: `${platform}  ${bits}位`, osNameEn: `${platform}  ${bits} bit` };
}
