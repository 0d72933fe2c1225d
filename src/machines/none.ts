import { WorldFault } from '../base/worldFault.ts';
import type { Machines } from './machines.ts';

/** No boot: states only. */
export const noMachines: Machines = {
  driver: 'none',
  announcement: ['none: instances have states and real disks, but do not boot'],
  async start() {},
  async stop() {},
  async attach() {},
  async detach() {},
  async readdress() {},
  async applyNetwork() {},
  isRunning: async () => false,
  consoleOutput: async () => null,
  async screenshot() {
    throw new WorldFault('MachineNotRunning', 'Instances do not boot here.');
  },
  async setVncPassword() {},
  vncSocket: async () => null,
  agentSocket: async () => null,
  async forget() {},
  async [Symbol.asyncDispose]() {},
};
