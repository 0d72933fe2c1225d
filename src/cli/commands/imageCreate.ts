import type { Command } from 'commander';
import { CliFault } from '../fault.ts';
import type { Io } from '../io.ts';
import { cleanGuest, requireAgent } from '../plans/cleanGuest.ts';
import { requireSteady, uniqueName } from '../plans/likeness.ts';
import { openParty, requireInstance, type Party } from '../plans/party.ts';
import { carryOut, type Plan, type PlanOptions } from '../plans/plan.ts';
import { from, makeImage, startInstance, stopInstance } from '../plans/steps.ts';
import { openService, type DataOption, type Parameters } from '../service.ts';

interface Options extends DataOption, PlanOptions {
  region?: string;
  account?: string;
  name?: string;
  clean?: boolean;
}

interface Facts {
  id: string;
  regionId: string;
  accountId: string;
  name: string;
  wasRunning: boolean;
  isCleaned: boolean;
}

export function addCreate(image: Command, io: Io): void {
  image
    .command('create')
    .description('make an image of an instance that is stopped for it, so that its disks are still')
    .argument('<instance>', 'i-…')
    .option('--region <id>', 'where it is; default: the service’s own')
    .option('--account <id>', 'whose it is; default: the operator’s')
    .option('--name <name>', 'of the image; default: image-of- its id')
    .option('--clean', 'first clean up in the guest, by its agent: what no two machines may have alike')
    .option('--yes', 'do not ask; undo by itself when something fails')
    .option('--undo', 'take back what an unfinished one did')
    .action(async (id: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const service = await openService(options, io);
      const region = options.region ?? service.regionId;
      await carryOut<Facts>({
        service,
        io,
        options,
        name: `create-${id}`,
        look: async () => look(await openParty(service, options.account), id, { ...options, region }),
        plan: async (facts) => plan(await openParty(service, facts.accountId), facts),
      });
    });
}

async function look(party: Party, id: string, options: Options & { region: string }): Promise<Facts> {
  const instance = await requireInstance(party, options.region, id);
  requireSteady(instance);
  const { RegionId: regionId, Status } = instance;
  const name = options.name ?? uniqueName(`image-of-${id}`);
  await checkCreate(party, asked({ id, regionId, name }));
  if (options.clean) await requireAgent({ party, regionId }, id, Status);
  return {
    id,
    regionId,
    accountId: party.accountId,
    name,
    wasRunning: Status === 'Running',
    isCleaned: options.clean === true,
  };
}

const asked = ({ id, regionId, name }: Pick<Facts, 'id' | 'regionId' | 'name'>): Parameters => ({
  RegionId: regionId,
  InstanceId: id,
  ImageName: name,
});

/** Throws what the service would say of the image: nothing gives back what a guest was cleaned of. */
async function checkCreate(party: Party, parameters: Parameters): Promise<void> {
  await party.call('CreateImage', { ...parameters, DryRun: true }).catch((error: unknown) => {
    if (!(error instanceof CliFault) || error.code !== 'DryRunOperation') throw error;
  });
}

function plan(party: Party, { id, regionId, name, wasRunning, isCleaned }: Facts): Plan {
  const place = { party, regionId };
  return {
    title: `Make an image of ${id} in ${regionId}, account ${party.accountId}, named ${name}.`,
    steps: [
      ...(isCleaned ? [cleanGuest(place, id)] : []),
      stopInstance(place, id, wasRunning),
      makeImage(place, {
        name: 'image',
        title: 'Make an image of all its disks, which takes a snapshot of each',
        action: 'CreateImage',
        parameters: asked({ id, regionId, name }),
      }),
      ...(wasRunning ? [startInstance(place, id)] : []),
    ],
    risks: [
      wasRunning ? `${id} is down until its image is made.` : `${id} stays stopped.`,
      ...(isCleaned ? [`When ${id} starts again it is set up as if it were new: its SSH host keys change.`] : []),
      'The image and its snapshots take storage.',
    ],
    done: (results) => {
      const imageId = from('image', 'imageId')(results);
      return { text: imageId, json: { imageId } };
    },
  };
}
