import type { Call } from './call.ts';

/**
 * Refuses parameters that ask for what this service does not have, by name: an error now, not a promise that nothing keeps.
 * Absent ones and `false` ask for nothing.
 */
export function refuseUnbuilt(call: Call, parameters: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === false) continue;
    throw call.error('UnsupportedParameter', { hint: `${name} is not supported by this service.` });
  }
}
