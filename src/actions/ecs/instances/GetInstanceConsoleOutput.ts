import { action } from '../../action.ts';
import { guestOf } from './guestOf.ts';

/** The last of what the guest wrote to its serial line. */
const MOST_BYTES = 64 * 1024;
/** The time that is shown is China's. */
const SHOWN_OFFSET_MS = 8 * 3600_000;
/** Sequences that colour, clear and move, and control characters but for line ends and tabs. */
// oxlint-disable-next-line no-control-regex
const SYMBOLS = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]/g;

export const GetInstanceConsoleOutput = action(
  'Ecs',
  'GetInstanceConsoleOutput',
  { access: 'read', required: ['instanceId'] },
  async (request, call) => {
    const { id } = await guestOf(call, request);
    const output = await call.guests.consoleOutput(id, MOST_BYTES);
    if (!output) return { instanceId: id, consoleOutput: '', lastUpdateTime: '' };
    const { bytes, writtenAt } = output;
    const shown = request.removeSymbols
      ? Buffer.from(bytes.toString('latin1').replaceAll(SYMBOLS, ''), 'latin1')
      : bytes;
    const at = new Date(writtenAt + SHOWN_OFFSET_MS).toISOString();
    return {
      instanceId: id,
      consoleOutput: shown.toString('base64'),
      lastUpdateTime: `${at.slice(0, 10)} ${at.slice(11, 19)}`,
    };
  },
);
