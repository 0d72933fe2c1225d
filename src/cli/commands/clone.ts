import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { likeness, requireSteady, uniqueName } from '../plans/likeness.ts';
import { openParty, requireInstance, type DiskItem, type InstanceItem, type Party } from '../plans/party.ts';
import { carryOut, type Plan, type PlanOptions } from '../plans/plan.ts';
import { from, makeImage, makeInstances, startInstance, stopInstance } from '../plans/steps.ts';
import { openService, type DataOption } from '../service.ts';

interface Options extends DataOption, PlanOptions {
  region?: string;
  account?: string;
  name?: string;
  count: string;
  dataSize: string[];
}

/** What a clone depends on. */
interface Facts {
  instance: InstanceItem;
  disks: DiskItem[];
  accountId: string;
  name: string;
  imageName: string;
  count: number;
}

export function addClone(program: Command, io: Io): void {
  program
    .command('clone')
    .description('make new instances with all that is on the disks of one')
    .argument('<instance>', 'i-…')
    .option('--region <id>', 'where it is; default: the service’s own')
    .option('--account <id>', 'whose it is; default: the operator’s')
    .option('--name <name>', 'of the new ones; default: its name with -clone')
    .option('--count <n>', 'how many', '1')
    .option('--data-size <device=GiB>', 'a larger data disk: /dev/xvdb=40; may be given again', collect, [])
    .option('--yes', 'do not ask; undo by itself when something fails')
    .option('--undo', 'take back what an unfinished clone of it did')
    .action(async (id: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const count = countIn(options.count);
      const service = await openService(options, io);
      await carryOut<Facts>({
        service,
        io,
        options,
        name: `clone-${id}`,
        look: async () => look(await openParty(service, options.account), id, { ...options, count }, service.regionId),
        plan: async (facts) => plan(await openParty(service, facts.accountId), facts),
      });
    });
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

function countIn(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100) throw usage('--count is 1 to 100.');
  return count;
}

async function look(
  party: Party,
  id: string,
  options: Omit<Options, 'count'> & { count: number },
  ownRegion: string,
): Promise<Facts> {
  const instance = await requireInstance(party, options.region ?? ownRegion, id);
  requireSteady(instance);
  const disks = await party.disks(instance.RegionId, id);
  const sizes = sizesIn(options.dataSize, disks);
  return {
    instance,
    disks: disks.map((disk) => ({ ...disk, Size: sizes.get(disk.Device) ?? disk.Size })),
    accountId: party.accountId,
    name: options.name ?? `${instance.InstanceName}-clone`,
    imageName: uniqueName(`clone-of-${id}`),
    count: options.count,
  };
}

/** Data disks may grow. */
function sizesIn(texts: readonly string[], disks: readonly DiskItem[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const text of texts) {
    const [, device, gib] = /^(\/dev\/\w+)=(\d{1,6})$/.exec(text) ?? [];
    if (device === undefined) throw usage(`--data-size is written DEVICE=GIB, as /dev/xvdb=40, not ${text}.`);
    const disk = disks.find(({ Device, Type }) => Device === device && Type === 'data');
    const known = disks.flatMap(({ Device, Type }) => (Type === 'data' ? Device : []));
    if (!disk) throw usage(`There is no data disk ${device}: ${known.join(', ') || 'it has none at all'}.`);
    if (Number(gib) < disk.Size) {
      throw new CliFault(
        'InvalidDiskSize.TooSmall',
        `${device} holds ${disk.Size} GiB: a clone's may be larger, not smaller.`,
      );
    }
    sizes.set(device, Number(gib));
  }
  return sizes;
}

const usage = (message: string) => new CliFault('Usage', message, { exitCode: exitCodes.usage });

function plan(party: Party, { instance, disks, name, imageName, count }: Facts): Plan {
  const { InstanceId: id, RegionId: regionId } = instance;
  const place = { party, regionId };
  const wasRunning = instance.Status === 'Running';
  const shown = disks.map(({ Device, Size }) => `${Device} ${Size} GiB`).join(', ');
  return {
    title: `Clone ${id} (${instance.InstanceName}) in ${regionId}, account ${party.accountId}: ${shown}.`,
    steps: [
      stopInstance(place, id, wasRunning),
      makeImage(place, {
        name: 'image',
        title: 'Make an image of all its disks, which takes a snapshot of each',
        action: 'CreateImage',
        parameters: { RegionId: regionId, InstanceId: id, ImageName: imageName },
      }),
      ...(wasRunning ? [startInstance(place, id)] : []),
      makeInstances(place, {
        title: `Make ${count === 1 ? 'an instance' : `${count} instances`} of the image, named ${name}`,
        action: 'RunInstances',
        parameters: (results) => ({
          ...likeness(instance, disks),
          ImageId: from('image', 'imageId')(results),
          InstanceName: name,
          Amount: count,
        }),
      }),
    ],
    risks: [
      wasRunning ? `${id} is down until its image is made.` : `${id} stays stopped.`,
      'Nothing on its disks changes. Local disks do not come along.',
      'The new instance has disks, ids and addresses of its own. What a guest keeps of itself (host keys, machine id) is the same on both.',
      'The image and its snapshots stay, and take storage: the new instance is re-initialised from them.',
    ],
    done: (results) => {
      const instanceIds = from('launch', 'instanceIds')(results).split(',');
      const imageId = from('image', 'imageId')(results);
      return { text: instanceIds.join('\n'), json: { instanceIds, imageId } };
    },
  };
}
