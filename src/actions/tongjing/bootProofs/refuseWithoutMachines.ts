import type { Call } from '../../call.ts';

/** Where nothing boots, nothing can be proven to. */
export function refuseWithoutMachines(call: Call): void {
  if (call.driver === 'none') throw call.error('OperationDenied.NothingBoots');
}
