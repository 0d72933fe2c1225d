import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { diskParameters, likeness, requireSteady, uniqueName } from '../plans/likeness.ts';
import { findNetwork, makeNetwork, networkOf, type Network } from '../plans/networks.ts';
import { openParty, requireInstance, type DiskItem, type InstanceItem, type Party } from '../plans/party.ts';
import { carryOut, type Plan, type PlanOptions, type Results, type Step } from '../plans/plan.ts';
import {
  deleteImage,
  from,
  makeImage,
  makeInstances,
  shareImage,
  snapshotSystemDisk,
  startInstance,
  stopInstance,
  type Place,
} from '../plans/steps.ts';
import { openService, type DataOption } from '../service.ts';

interface Options extends DataOption, PlanOptions {
  region?: string;
  account?: string;
  toRegion?: string;
  toAccount?: string;
  replace?: string;
  name?: string;
  type?: string;
}

/** What a migration depends on. */
interface Facts {
  instance: InstanceItem;
  disks: DiskItem[];
  accountId: string;
  toRegionId: string;
  toAccountId: string;
  /** The instance whose system disk is replaced, with that disk; null: a new instance is made. */
  target: { instance: InstanceItem; diskId: string } | null;
  /** null: one has to be made. */
  network: Network | null;
  name: string;
  instanceType: string;
  imageName: string;
}

export function addMigrate(program: Command, io: Io): void {
  program
    .command('migrate')
    .description('bring what is on an instance to another region, another account, or both; the instance itself stays')
    .argument('<instance>', 'i-…')
    .option('--region <id>', 'where it is; default: the service’s own')
    .option('--account <id>', 'whose it is; default: the operator’s')
    .option('--to-region <id>', 'default: the same')
    .option('--to-account <id>', 'default: the same')
    .option('--replace <instance>', 'put its system onto this one there, in place of making a new instance')
    .option('--name <name>', 'of the new instance; default: the same')
    .option('--type <type>', 'of the new instance; default: the same')
    .option('--yes', 'do not ask; undo by itself when something fails')
    .option('--undo', 'take back what an unfinished migration of it did')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      await carryOut<Facts>({
        service,
        io,
        options,
        name: `migrate-${id}`,
        look: async () => {
          const source = await openParty(service, options.account);
          return look(source, await openParty(service, options.toAccount ?? options.account), id, {
            ...options,
            region: options.region ?? service.regionId,
          });
        },
        plan: async (facts) =>
          plan(await openParty(service, facts.accountId), await openParty(service, facts.toAccountId), facts),
      });
    });
}

async function look(source: Party, receiver: Party, id: string, options: Options & { region: string }): Promise<Facts> {
  const instance = await requireInstance(source, options.region, id);
  requireSteady(instance);
  const toRegionId = options.toRegion ?? instance.RegionId;
  const isHere = toRegionId === instance.RegionId && receiver.accountId === source.accountId;
  const target = options.replace === undefined ? null : await lookAtTarget(receiver, toRegionId, options.replace);
  if (target?.instance.InstanceId === id)
    throw new CliFault('SameInstance', `${id} cannot replace its own system disk.`);
  const { VSwitchId } = instance.VpcAttributes;
  const own = { vSwitchId: VSwitchId, securityGroupId: instance.SecurityGroupIds.SecurityGroupId[0]! };
  return {
    instance,
    disks: await source.disks(instance.RegionId, id),
    accountId: source.accountId,
    toRegionId,
    toAccountId: receiver.accountId,
    target,
    network: isHere ? own : await findNetwork({ party: receiver, regionId: toRegionId }),
    name: options.name ?? instance.InstanceName,
    instanceType: options.type ?? instance.InstanceType,
    imageName: uniqueName(`migrate-${id}`),
  };
}

async function lookAtTarget(party: Party, regionId: string, id: string): Promise<NonNullable<Facts['target']>> {
  const instance = await requireInstance(party, regionId, id);
  requireSteady(instance);
  return { instance, diskId: await systemDiskOf({ party, regionId }, id) };
}

async function systemDiskOf({ party, regionId }: Place, id: string): Promise<string> {
  const system = (await party.disks(regionId, id)).find(({ Type }) => Type === 'system');
  if (!system) throw new CliFault('NoSystemDisk', `${id} has no system disk.`);
  return system.DiskId;
}

function plan(source: Party, receiver: Party, facts: Facts): Plan {
  const { instance, target, toRegionId } = facts;
  const { InstanceId: id, RegionId: regionId } = instance;
  const here = { party: source, regionId };
  const there = { party: source, regionId: toRegionId };
  const wasRunning = instance.Status === 'Running';
  const isCopied = toRegionId !== regionId;
  const imageId = from(isCopied ? 'copy' : 'image', 'imageId');
  const steps: Step[] = [stopInstance(here, id, wasRunning), ...imageSteps(here, facts)];
  if (wasRunning) steps.push(startInstance(here, id));
  if (isCopied) {
    steps.push(
      makeImage(there, {
        name: 'copy',
        title: `Copy the image to ${toRegionId}`,
        action: 'CopyImage',
        parameters: (results) => ({
          RegionId: regionId,
          ImageId: from('image', 'imageId')(results),
          DestinationRegionId: toRegionId,
          DestinationImageName: facts.imageName,
        }),
      }),
    );
  }
  if (receiver.accountId !== source.accountId) steps.push(shareImage(there, imageId, receiver.accountId));
  steps.push(...arrival({ party: receiver, regionId: toRegionId }, facts, imageId));
  if (isCopied) {
    steps.push({
      name: 'tidy',
      title: `Delete the image in ${regionId}, which was only to be copied`,
      async begin({ results, ...doing }) {
        await deleteImage(here, from('image', 'imageId')(results), { results, ...doing });
        return {};
      },
    });
  }
  return {
    title: `Migrate ${id} (${instance.InstanceName}) from ${regionId}, account ${source.accountId}, to ${toRegionId}, account ${receiver.accountId}${target ? `, onto ${target.instance.InstanceId}` : ''}.`,
    steps,
    risks: risksOf(facts, wasRunning, isCopied),
    done: (results) => {
      const instanceId = target?.instance.InstanceId ?? from('launch', 'instanceIds')(results);
      return { text: instanceId, json: { instanceId, imageId: imageId(results) } };
    },
  };
}

/** All disks for a new instance; for a replacement the system disk alone, since an image with data disks replaces none. */
function imageSteps(here: Place, { instance, target, imageName }: Facts): Step[] {
  const { InstanceId: id, RegionId } = instance;
  const image = { name: 'image', action: 'CreateImage' } as const;
  if (!target) {
    const parameters = { RegionId, InstanceId: id, ImageName: imageName };
    return [makeImage(here, { ...image, title: 'Make an image of all its disks', parameters })];
  }
  return [
    snapshotSystemDisk(here, id),
    makeImage(here, {
      ...image,
      title: 'Make an image of the snapshot: of the system disk alone',
      parameters: (results) => ({
        RegionId,
        SnapshotId: from('snapshot', 'snapshotId')(results),
        ImageName: imageName,
      }),
    }),
  ];
}

/** A new instance, or another system disk of one that is there. */
function arrival(place: Place, facts: Facts, imageId: (results: Results) => string): Step[] {
  const { instance, disks, target, network, name, instanceType } = facts;
  if (target) return replacement(place, target, imageId);
  const isHome = place.regionId === instance.RegionId && place.party.accountId === facts.accountId;
  return [
    ...(network ? [] : makeNetwork(place)),
    makeInstances(place, {
      title: `Make an instance of it there: ${name}, ${instanceType}`,
      action: 'RunInstances',
      parameters: (results) => ({
        ...(isHome
          ? likeness(instance, disks)
          : {
              RegionId: place.regionId,
              InternetMaxBandwidthOut: instance.InternetMaxBandwidthOut,
              ...networkOf(network, results),
              ...diskParameters(disks),
            }),
        InstanceType: instanceType,
        ImageId: imageId(results),
        InstanceName: name,
      }),
    }),
  ];
}

function replacement(
  place: Place,
  { instance, diskId }: NonNullable<Facts['target']>,
  imageId: (results: Results) => string,
): Step[] {
  const { InstanceId: id } = instance;
  const wasRunning = instance.Status === 'Running';
  const isReplaced = async () => (await systemDiskOf(place, id)) !== diskId;
  return [
    stopInstance(place, id, wasRunning, 'stopTarget'),
    {
      name: 'replace',
      title: `Replace the system disk of ${id}, ${diskId}, with one of the image`,
      async begin({ results, token }) {
        const asked = { InstanceId: id, ImageId: imageId(results), ClientToken: token };
        const { DiskId } = await place.party.call<{ DiskId: string }>('ReplaceSystemDisk', asked);
        return { diskId: DiskId };
      },
      async finish({ diskId: made }, { until }) {
        await until(async () => {
          const { Disks } = await place.party.call<{ Disks: { Disk: { Status: string }[] } }>('DescribeDisks', {
            RegionId: place.regionId,
            DiskIds: JSON.stringify([made]),
          });
          return Disks.Disk[0]?.Status === 'In_use' || undefined;
        });
      },
      isPast: isReplaced,
    },
    ...(wasRunning ? [startInstance(place, id, 'startTarget')] : []),
  ];
}

function risksOf({ instance, disks, target, accountId, toAccountId }: Facts, wasRunning: boolean, isCopied: boolean) {
  const id = instance.InstanceId;
  const risks = [
    wasRunning
      ? `${id} is down until its image is made, then runs on: what it writes from then on stays behind.`
      : `${id} stays stopped.`,
  ];
  if (target) {
    const data = disks.filter(({ Type }) => Type === 'data').length;
    const onto = target.instance.InstanceId;
    risks.push(
      `All that is on ${target.diskId}, the system disk of ${onto}, is lost for good, and ${onto} is down meanwhile.`,
    );
    risks.push('Its new system disk has another id: snapshots of the old one stay, but can no longer roll it back.');
    if (data > 0)
      risks.push(`Of ${id} the system disk alone comes along: not its ${data} data disk${data > 1 ? 's' : ''}.`);
  } else risks.push('The new instance has disks, ids and addresses of its own. Local disks do not come along.');
  if (accountId !== toAccountId) {
    risks.push(`Account ${toAccountId} can read all that is on the image, what was deleted but not overwritten too.`);
    risks.push('When the share is withdrawn, its system disk can no longer be re-initialised.');
  }
  if (isCopied) risks.push('Copying costs traffic between the regions.');
  risks.push('The image that is used stays, and takes storage: the system disk is re-initialised from it.');
  return risks;
}
