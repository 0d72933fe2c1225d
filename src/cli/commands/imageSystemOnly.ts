import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { uniqueName } from '../plans/likeness.ts';
import { findNetwork, makeNetwork, networkOf, type Network } from '../plans/networks.ts';
import { openParty, requireImage, type Party } from '../plans/party.ts';
import { carryOut, type Plan, type PlanOptions } from '../plans/plan.ts';
import { from, makeImage, makeInstances, releaseInstance, snapshotSystemDisk } from '../plans/steps.ts';
import { openService, type DataOption } from '../service.ts';

interface Options extends DataOption, PlanOptions {
  region?: string;
  account?: string;
  name?: string;
  type?: string;
}

interface Facts {
  imageId: string;
  regionId: string;
  accountId: string;
  dataDisks: number;
  network: Network | null;
  instanceType: string;
  name: string;
}

/** Types that boot an image of the architecture. */
const TYPES: Readonly<Record<string, string>> = { arm64: 'ecs.g6r.large' };
const USUAL_TYPE = 'ecs.g6.large';

export function addSystemOnly(image: Command, io: Io): void {
  image
    .command('system-only')
    .description(
      'make an image of the system disk of an image that holds data disks too: one that can replace system disks',
    )
    .argument('<image>', 'm-…')
    .option('--region <id>', 'where it is; default: the service’s own')
    .option('--account <id>', 'who uses it; default: the operator')
    .option('--name <name>', 'of the new image; default: its name with -system')
    .option('--type <type>', 'of the temporary instance')
    .option('--yes', 'do not ask; undo by itself when something fails')
    .option('--undo', 'take back what an unfinished one did')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      await carryOut<Facts>({
        service,
        io,
        options,
        name: `system-only-${id}`,
        look: async () =>
          look(await openParty(service, options.account), id, {
            ...options,
            region: options.region ?? service.regionId,
          }),
        plan: async (facts) => plan(await openParty(service, facts.accountId), facts),
      });
    });
}

async function look(party: Party, id: string, options: Options & { region: string }): Promise<Facts> {
  const { region: regionId } = options;
  const image = await requireImage(party, regionId, id);
  const dataDisks = image.DiskDeviceMappings.DiskDeviceMapping.filter(({ Type }) => Type === 'data').length;
  if (dataDisks === 0) {
    throw new CliFault('NothingToDo', `${id} holds a system disk alone: it can replace system disks as it is.`);
  }
  return {
    imageId: id,
    regionId,
    accountId: party.accountId,
    dataDisks,
    network: await findNetwork({ party, regionId }),
    instanceType: options.type ?? TYPES[image.Architecture] ?? USUAL_TYPE,
    name: options.name ?? uniqueName(`${image.ImageName}-system`),
  };
}

function plan(party: Party, { imageId, regionId, dataDisks, network, instanceType, name }: Facts): Plan {
  const place = { party, regionId };
  const instanceOf = from('launch', 'instanceIds');
  return {
    title: `Make an image of the system disk of ${imageId} alone, in ${regionId}, account ${party.accountId}.`,
    steps: [
      ...(network ? [] : makeNetwork(place)),
      makeInstances(place, {
        title: `Make a temporary instance of the image (${instanceType}), which is not started`,
        action: 'CreateInstance',
        parameters: (results) => ({
          RegionId: regionId,
          ImageId: imageId,
          InstanceType: instanceType,
          InstanceName: 'tongjing-temporary',
          ...networkOf(network, results),
        }),
      }),
      snapshotSystemDisk(place, instanceOf),
      makeImage(place, {
        name: 'image',
        title: `Make an image of the snapshot, named ${name}`,
        action: 'CreateImage',
        parameters: (results) => ({
          RegionId: regionId,
          SnapshotId: from('snapshot', 'snapshotId')(results),
          ImageName: name,
        }),
      }),
      {
        name: 'tidy',
        title: `Release the temporary instance with its disks${network ? '' : ', and its network'}`,
        async begin(doing) {
          await releaseInstance(place, instanceOf(doing.results), doing.until);
          if (network) return {};
          for (const { name: step, undo } of makeNetwork(place).toReversed()) await undo!(doing.results[step]!, doing);
          return {};
        },
      },
    ],
    risks: [
      `${imageId} stays as it is. ${dataDisks === 1 ? 'Its data disk is' : `Its ${dataDisks} data disks are`} not in the new image.`,
      'The temporary instance and its disks cost what they do for the moments that they exist.',
      'The snapshot stays with the image that is made of it, and takes storage.',
    ],
    done: (results) => {
      const made = from('image', 'imageId')(results);
      return { text: made, json: { imageId: made } };
    },
  };
}
