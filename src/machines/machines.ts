/** What runs an instance. `none` has the whole life cycle on real disks, without booting. */
export interface Machines {
  readonly driver: 'none';
  start(machine: { instanceId: string; volumeIds: readonly string[] }): Promise<void>;
  stop(machine: { instanceId: string; force: boolean }): Promise<void>;
  reboot(machine: { instanceId: string; force: boolean }): Promise<void>;
}

/** No boot: states only. */
export const noMachines: Machines = {
  driver: 'none',
  async start() {},
  async stop() {},
  async reboot() {},
};
