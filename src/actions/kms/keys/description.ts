import type { Call } from '../../call.ts';
import { invalid } from '../invalid.ts';

const LONGEST = 8192;

export function checkDescription(call: Call, parameter: string, text: string = ''): string {
  if (text.length > LONGEST) throw invalid(call, parameter, `It has at most ${LONGEST} characters.`);
  return text;
}
