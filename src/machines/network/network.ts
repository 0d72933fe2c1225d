import type { Nic } from '../machines.ts';

/**
 * What machines' network cards are plugged into. `user`: each guest alone with its gateway, in this process, with no right that an ordinary
 * user lacks. `namespace`: the kernel's own, a VPC as the cloud has it; takes root.
 */
export interface Network extends AsyncDisposable {
  readonly kind: 'user' | 'namespace';
  readonly announcement: readonly string[];
  /** Options of QEMU that make the netdev `net0`; QEMU runs in `folder`, the machine's own. */
  netdev(nic: Nic, folder: string): Promise<readonly string[]>;
  /** Makes what the card will be plugged into while QEMU starts. What fails here, `join` tells: this does not. */
  prepare(nic: Nic): Promise<void>;
  /** QEMU runs: plugs its card in. Also for one that is found running when the service starts. */
  join(nic: Nic, folder: string): Promise<void>;
  /** All that were found running have joined: what is left of others goes. */
  settle(): Promise<void>;
  /** Security groups, public addresses or routes between VPCs may have changed: running guests have the new at once. */
  apply(): Promise<void>;
  /** Another public address. */
  readdress(nic: Nic): Promise<void>;
  leave(instanceId: string): Promise<void>;
}
