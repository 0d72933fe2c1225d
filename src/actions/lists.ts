import { errorCatalogue } from '../contract/errors.ts';
import type { Call } from './call.ts';

/** Whether the official table of the action that is called has the code: where sister actions name one fault differently. */
export const lists = (call: Call, code: string): boolean =>
  errorCatalogue[call.actionName]?.some((entry) => entry.code === code) ?? false;
