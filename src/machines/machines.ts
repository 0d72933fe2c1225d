/** One of an instance's disks, as its machine gets it. */
export interface MachineDisk {
  volumeId: string;
  /** What the guest reads as the disk's serial number, at most 20 characters. */
  serial: string;
  /** The machine boots from this one. */
  isSystem: boolean;
}

/** The one network card of a machine, and what the network around it is. */
export interface Nic {
  instanceId: string;
  macAddress: string;
  privateIp: string;
  /** Of the vSwitch; its last address but two is the gateway, as in the cloud. */
  cidrBlock: string;
  vpcId: string;
  publicIp: string | null;
}

export interface MachineSpec {
  instanceId: string;
  /** Of the instance type; the driver gives less where the operator's limits say so. */
  cpus: number;
  memoryMib: number;
  /** A UUID: what the guest reads as its machine's serial number. */
  serialNumber: string;
  /** Of the image. UEFI-Preferred: by UEFI where its firmware is installed. */
  bootMode: 'BIOS' | 'UEFI' | 'UEFI-Preferred';
  /** The system disk among them. */
  disks: readonly MachineDisk[];
  nic: Nic;
  /** What VNC asks for; null: it lets nobody in. */
  vncPassword: string | null;
}

/**
 * What runs instances. `none` has the whole life cycle on real disks, without booting. Doing again what is done already changes nothing:
 * jobs that a crash cut off are run again.
 */
export interface Machines extends AsyncDisposable {
  readonly driver: 'none' | 'qemu';
  /** For people, at the start of the service: what runs machines here, and what will not work. */
  readonly announcement: readonly string[];
  /** Opens the disks and switches the machine on. */
  start(machine: MachineSpec): Promise<void>;
  /** Asks the guest to shut down, and switches off after a while; at once with `force`. Leaves the disks open. */
  stop(machine: { instanceId: string; force: boolean; signal?: AbortSignal }): Promise<void>;
  /** Gives a running machine another disk; nothing when it does not run. */
  attach(instanceId: string, disk: MachineDisk): Promise<void>;
  /** Takes a disk from a running machine, when its guest lets it go: throws DiskInUse otherwise. */
  detach(instanceId: string, volumeId: string): Promise<void>;
  /** The running machine's network card is reached at another public address; nothing when it does not run. */
  readdress(nic: Nic): Promise<void>;
  /** Security groups, or what VPCs are joined, may have changed: running machines have the new at once. */
  applyNetwork(): Promise<void>;
  isRunning(instanceId: string): Promise<boolean>;
  /** The last of what the guest wrote to its serial line; null: it never ran here. */
  consoleOutput(instanceId: string, mostBytes: number): Promise<{ bytes: Buffer; writtenAt: number } | null>;
  /** A PNG of the screen. Throws MachineNotRunning. */
  screenshot(instanceId: string): Promise<Buffer>;
  /** Of the running machine's VNC server, from the next viewer on; nothing when it does not run. */
  setVncPassword(instanceId: string, password: string): Promise<void>;
  /** Unix socket of the running machine's VNC server. */
  vncSocket(instanceId: string): Promise<string | null>;
  /** Unix socket of the channel to the agent in the running machine's guest; one may speak at a time. */
  agentSocket(instanceId: string): Promise<string | null>;
  /** What is left of a machine whose instance is gone. */
  forget(instanceId: string): Promise<void>;
}
