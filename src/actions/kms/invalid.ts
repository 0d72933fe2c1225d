import type { ApiError } from '../../contract/errors.ts';
import type { Call } from '../call.ts';

/** KMS's answer to a value that it can't take. */
export const invalid = (call: Call, parameter: string, hint: string): ApiError =>
  call.error('InvalidParameter', { about: 'parameter "%s" is not valid', values: [parameter], hint });

/** A parameter that is JSON text. */
export function readJson(call: Call, parameter: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(call, parameter, 'It is no JSON.');
  }
}
