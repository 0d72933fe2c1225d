import type { InstanceRow } from '../../../records/tables/instances.ts';
import type { ApiError } from '../../../contract/errors.ts';
import type { Call } from '../../call.ts';

const SENTENCE = 'The current status of the resource does not support this operation.';

/** IncorrectInstanceStatus, or one of its variants, with the instance and its state. Some actions' messages are a bare `%s`. */
export const incorrectStatus = (
  call: Call,
  row: Pick<InstanceRow, 'id' | 'status'>,
  hint = `${row.id} is ${row.status}.`,
  code = 'IncorrectInstanceStatus',
): ApiError => call.error(code, { values: [SENTENCE], hint });
