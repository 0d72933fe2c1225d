import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import type { Limits, Throttle } from './api/limits.ts';
import { WorldFault } from './base/worldFault.ts';

/** Everything that can be set, from flags, then `TONGJING_*` variables, then these defaults. Read once, at the start. */
export interface Config {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Absolute. */
  dataDir: string;
  logLevel: string;
  /** Requests of one account, all actions together; `perSecond` 0: no limit. */
  accountThrottle: Throttle;
  /** Requests of one account to one action; `perSecond` 0: no limit. */
  actionThrottle: Throttle;
  /** What happens to a parameter that the action does not have. */
  unknownParameters: 'refuse' | 'ignore';
  /** Whether there are the vendor's public images. */
  catalogue: boolean;
  /** Jobs that may move bytes at once: imports, snapshots, copies, exports. */
  dataJobs: number;
  /** What runs instances; `auto`: QEMU where it is installed. docs/machines.md */
  driver: 'auto' | 'qemu' | 'none';
  /** What guests are plugged into; `auto`: namespaces where they can be had, else user mode. docs/machines.md */
  network: 'auto' | 'namespace' | 'user';
  /** Whether guests with a public address reach the internet. */
  guestInternet: boolean;
  /** The most processors and memory that one guest gets, whatever its instance type says. */
  guestCpus: number;
  guestMemoryMib: number;
  /** How long a guest may take to shut down before it is switched off. */
  guestStopSeconds: number;
  /** How long an image may take to come up when it is proven to boot. */
  bootProofSeconds: number;
  /** Folder of OVMF_CODE_4M.fd and OVMF_VARS_4M.fd, for images that boot by UEFI; absolute. */
  uefiFirmware: string;
  limits: Limits;
}

const DEFAULT_PORT = 7272;

export const VERSION = packageJson.version;

const defaults: Config = {
  host: '127.0.0.1',
  port: DEFAULT_PORT,
  dataDir: resolve('.tongjing'),
  logLevel: 'info',
  accountThrottle: { perSecond: 1000, burst: 2000 },
  actionThrottle: { perSecond: 0, burst: 0 },
  unknownParameters: 'refuse',
  catalogue: true,
  dataJobs: 2,
  driver: 'auto',
  network: 'auto',
  guestInternet: false,
  guestCpus: 2,
  guestMemoryMib: 1024,
  guestStopSeconds: 90,
  bootProofSeconds: 600,
  uefiFirmware: '/usr/share/OVMF',
  limits: {
    bodyBytes: 1024 * 1024,
    headBytes: 256 * 1024,
    parameters: 1000,
    nameLength: 256,
    valueLength: 128 * 1024,
    listIndex: 1000,
    depth: 8,
    connections: 4096,
  },
};

/** A configuration for `createWorld` and the like: the defaults with `changes`. */
export function createConfig(changes: Partial<Config>): Config {
  return Object.freeze({ ...defaults, ...changes });
}

/** Reads flags and variables. Throws WorldFault `BadSetting`, naming the setting, for a value that makes no sense. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = parseFlags(args);
  const setting = (flag: keyof typeof flags) => {
    const variable = `TONGJING_${flag.toUpperCase().replaceAll('-', '_')}`;
    return flags[flag] === undefined
      ? { name: variable, value: env[variable] || undefined }
      : { name: `--${flag}`, value: flags[flag] };
  };
  const whole = (flag: keyof typeof flags, fallback: number, least: number, most: number) => {
    const { name, value } = setting(flag);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) {
      throw badSetting(`${name} must be a whole number from ${least} to ${most}, not "${value}".`);
    }
    return number;
  };
  const oneOf = <T extends string>(flag: keyof typeof flags, fallback: T, allowed: readonly T[]): T => {
    const { name, value } = setting(flag);
    if (value === undefined) return fallback;
    const found = allowed.find((word) => word === value);
    if (!found) throw badSetting(`${name} must be one of ${allowed.join(', ')}, not "${value}".`);
    return found;
  };
  const throttle = (flag: 'account-rate' | 'action-rate', fallback: Throttle): Throttle => {
    const perSecond = whole(flag, -1, 0, 1_000_000);
    return perSecond < 0 ? fallback : { perSecond, burst: perSecond * 2 };
  };
  return createConfig({
    host: setting('host').value ?? defaults.host,
    port: whole('port', defaults.port, 0, 65_535),
    dataDir: resolve(setting('data').value ?? defaults.dataDir),
    logLevel: oneOf('log-level', defaults.logLevel, ['silent', 'error', 'warn', 'info', 'debug', 'trace']),
    accountThrottle: throttle('account-rate', defaults.accountThrottle),
    actionThrottle: throttle('action-rate', defaults.actionThrottle),
    unknownParameters: oneOf<Config['unknownParameters']>('unknown-parameters', defaults.unknownParameters, [
      'refuse',
      'ignore',
    ]),
    catalogue: oneOf('catalogue', 'on', ['on', 'off']) === 'on',
    dataJobs: whole('data-jobs', defaults.dataJobs, 1, 64),
    driver: oneOf<Config['driver']>('driver', defaults.driver, ['auto', 'qemu', 'none']),
    network: oneOf<Config['network']>('network', defaults.network, ['auto', 'namespace', 'user']),
    guestInternet: oneOf('guest-internet', 'off', ['on', 'off']) === 'on',
    guestCpus: whole('guest-cpus', defaults.guestCpus, 1, 64),
    guestMemoryMib: whole('guest-memory', defaults.guestMemoryMib, 64, 1024 * 1024),
    guestStopSeconds: whole('guest-stop-seconds', defaults.guestStopSeconds, 1, 3600),
    bootProofSeconds: whole('boot-proof-seconds', defaults.bootProofSeconds, 1, 24 * 3600),
    uefiFirmware: resolve(setting('uefi-firmware').value ?? defaults.uefiFirmware),
  });
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        'log-level': { type: 'string' },
        'account-rate': { type: 'string' },
        'action-rate': { type: 'string' },
        'unknown-parameters': { type: 'string' },
        catalogue: { type: 'string' },
        'data-jobs': { type: 'string' },
        driver: { type: 'string' },
        network: { type: 'string' },
        'guest-internet': { type: 'string' },
        'guest-cpus': { type: 'string' },
        'guest-memory': { type: 'string' },
        'guest-stop-seconds': { type: 'string' },
        'boot-proof-seconds': { type: 'string' },
        'uefi-firmware': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw badSetting(error instanceof Error ? error.message : String(error));
  }
}

function badSetting(message: string): WorldFault {
  return new WorldFault('BadSetting', message);
}
