import { noMachines } from '../../src/machines/none.ts';
import type { Machines, Nic } from '../../src/machines/machines.ts';

/** Machines that boot nothing: they run once they were started, and what was asked of them can be looked at. */
export interface FakeMachines extends Machines {
  readonly running: Set<string>;
  /** Where each machine's network card is reached, as it was told last. */
  readonly nics: Map<string, Nic>;
  /** The next readdressing fails so. */
  failReaddress(...faults: Error[]): void;
}

export function createMachines(overrides: Partial<Machines> = {}): FakeMachines {
  const running = new Set<string>();
  const nics = new Map<string, Nic>();
  const faults: Error[] = [];
  return {
    ...noMachines,
    running,
    nics,
    failReaddress: (...next) => void faults.push(...next),
    async start({ instanceId, nic }) {
      running.add(instanceId);
      nics.set(instanceId, nic);
    },
    async stop({ instanceId }) {
      running.delete(instanceId);
      nics.delete(instanceId);
    },
    async readdress(nic) {
      const fault = faults.shift();
      if (fault) throw fault;
      nics.set(nic.instanceId, nic);
    },
    isRunning: async (instanceId) => running.has(instanceId),
    ...overrides,
  };
}
