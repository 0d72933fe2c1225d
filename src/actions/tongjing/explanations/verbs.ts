import { findDisk } from '../../../records/tables/disks.ts';
import { findOwnImage } from '../../../records/tables/images.ts';
import { listVSwitches } from '../../../records/tables/networks.ts';
import { listSecurityGroups } from '../../../records/tables/securityGroups.ts';
import { findSnapshot } from '../../../records/tables/snapshots.ts';
import type { Call } from '../../call.ts';
import type { PlannedCall } from './situation.ts';

/** What somebody wants to do to what, with the rest that it depends on. */
export interface Question {
  call: Call;
  accountId: string;
  id: string;
  regionId: string;
  destinationRegionId?: string | undefined;
  withAccountId?: string | undefined;
  instanceId?: string | undefined;
  instanceType?: string | undefined;
  diskId?: string | undefined;
  snapshotId?: string | undefined;
  vSwitchId?: string | undefined;
  securityGroupId?: string | undefined;
  bucket?: string | undefined;
  force?: boolean | undefined;
}

type Parameters = Record<string, string | undefined>;

interface Verb {
  action: string;
  /** Fields of the question that it can't do without. */
  needs?: readonly (keyof Question)[];
  parameters(question: Question): Parameters | Promise<Parameters>;
  /** The code that says so where nothing is there to do it to, although the action, which may be repeated, answers a success then. */
  absent?(question: Question): Promise<string | null>;
}

type Kind = 'image' | 'snapshot' | 'disk' | 'instance';

/** By what ids begin with; every other one may be a public image's name. */
const KINDS: Readonly<Record<string, Kind>> = { s: 'snapshot', d: 'disk', i: 'instance' };

export const kindOf = (id: string): Kind => KINDS[/^([sdi])-/.exec(id)?.[1] ?? ''] ?? 'image';

const force = ({ force: isForced }: Question) => (isForced ? 'true' : undefined);
const image = ({ regionId, id }: Question) => ({ RegionId: regionId, ImageId: id });
const disk = ({ id }: Question) => ({ DiskId: id });
const instance = ({ id }: Question) => ({ InstanceId: id });

/** The actions that the words stand for. */
export const verbs: Readonly<Record<string, Partial<Record<Kind, Verb>>>> = {
  delete: {
    image: {
      action: 'DeleteImage',
      parameters: (asked) => ({ ...image(asked), Force: force(asked) }),
      async absent({ call, accountId, regionId, id }) {
        const row = await findOwnImage(call.db, { accountId, regionId }, id);
        return row && row.deletedAt !== null ? 'InvalidImageId.NotFound' : null;
      },
    },
    snapshot: { action: 'DeleteSnapshot', parameters: (asked) => ({ SnapshotId: asked.id, Force: force(asked) }) },
    disk: {
      action: 'DeleteDisk',
      parameters: disk,
      absent: async ({ call, accountId, id }) =>
        (await findDisk(call.db, accountId, id)) ? null : 'InvalidDiskId.NotFound',
    },
    instance: { action: 'DeleteInstance', parameters: (asked) => ({ ...instance(asked), Force: force(asked) }) },
  },
  copy: {
    image: {
      action: 'CopyImage',
      needs: ['destinationRegionId'],
      parameters: (asked) => ({ ...image(asked), DestinationRegionId: asked.destinationRegionId }),
    },
    snapshot: {
      action: 'CopySnapshot',
      needs: ['destinationRegionId'],
      parameters: ({ id, regionId, destinationRegionId }) => ({
        RegionId: regionId,
        SnapshotId: id,
        DestinationRegionId: destinationRegionId,
        DestinationSnapshotName: `copy-of-${id}`,
        DestinationSnapshotDescription: `Copy of ${id}`,
      }),
    },
  },
  share: {
    image: {
      action: 'ModifyImageSharePermission',
      needs: ['withAccountId'],
      parameters: (asked) => ({ ...image(asked), 'AddAccount.1': asked.withAccountId }),
    },
  },
  export: {
    image: {
      action: 'ExportImage',
      needs: ['bucket'],
      parameters: (asked) => ({ ...image(asked), OSSBucket: asked.bucket }),
    },
  },
  replace: {
    image: {
      action: 'ReplaceSystemDisk',
      needs: ['instanceId'],
      parameters: ({ id, instanceId }) => ({ InstanceId: instanceId, ImageId: id }),
    },
  },
  launch: {
    image: {
      action: 'RunInstances',
      needs: ['instanceType'],
      parameters: async (asked) => ({
        ...image(asked),
        InstanceType: asked.instanceType,
        ...(await networkFor(asked)),
      }),
    },
  },
  attach: {
    disk: {
      action: 'AttachDisk',
      needs: ['instanceId'],
      parameters: ({ id, instanceId }) => ({ InstanceId: instanceId, DiskId: id }),
    },
  },
  detach: {
    disk: {
      action: 'DetachDisk',
      parameters: async ({ call, accountId, id, instanceId }) => ({
        InstanceId: instanceId ?? (await findDisk(call.db, accountId, id))?.instanceId ?? undefined,
        DiskId: id,
      }),
    },
  },
  rollback: {
    snapshot: {
      action: 'ResetDisk',
      parameters: async ({ call, accountId, id, diskId }) => ({
        DiskId: diskId ?? (await findSnapshot(call.db, accountId, id))?.sourceDiskId ?? undefined,
        SnapshotId: id,
      }),
    },
    disk: {
      action: 'ResetDisk',
      needs: ['snapshotId'],
      parameters: ({ id, snapshotId }) => ({ DiskId: id, SnapshotId: snapshotId }),
    },
  },
  reinit: { disk: { action: 'ReInitDisk', parameters: disk } },
  createImage: {
    instance: { action: 'CreateImage', parameters: ({ regionId, id }) => ({ RegionId: regionId, InstanceId: id }) },
    snapshot: { action: 'CreateImage', parameters: ({ regionId, id }) => ({ RegionId: regionId, SnapshotId: id }) },
  },
  createSnapshot: { disk: { action: 'CreateSnapshot', parameters: disk } },
  start: { instance: { action: 'StartInstance', parameters: instance } },
  stop: { instance: { action: 'StopInstance', parameters: instance } },
};

/** The call that does it. */
export async function planCall({ action, parameters }: Verb, question: Question): Promise<PlannedCall> {
  const given = Object.entries(await parameters(question)).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { action, parameters: Object.fromEntries(given) };
}

/** As asked, else the newest vSwitch there with a security group of its VPC. */
async function networkFor({ call, accountId, regionId, vSwitchId, securityGroupId }: Question): Promise<Parameters> {
  if (vSwitchId !== undefined && securityGroupId !== undefined) {
    return { VSwitchId: vSwitchId, SecurityGroupId: securityGroupId };
  }
  const place = { accountId, regionId };
  const ids = vSwitchId === undefined ? undefined : [vSwitchId];
  const { rows: vSwitches } = await listVSwitches(call.db, { ...place, ids }, { offset: 0, size: 50 });
  const { rows: groups } = await listSecurityGroups(call.db, { ...place }, { offset: 0, size: 100 });
  for (const { id, vpcId } of vSwitches) {
    const group = securityGroupId ?? groups.find((one) => one.vpcId === vpcId)?.id;
    if (group !== undefined) return { VSwitchId: id, SecurityGroupId: group };
  }
  return { VSwitchId: vSwitchId, SecurityGroupId: securityGroupId };
}
