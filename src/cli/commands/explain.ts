import { Argument, Option, type Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson } from '../print.ts';
import { openService, type DataOption } from '../service.ts';

interface Call {
  CommandLine: string;
}

interface Reason {
  Action: string;
  Code: string;
  HttpStatus: number;
  Message: string;
  Rule: string;
  Advice?: string;
  Steps: { Number: number; Text: string; Call?: Call }[];
}

interface Explanation {
  Verdict: boolean;
  Remedied: boolean;
  AccountId: string;
  RegionId: string;
  Call: Call;
  CallAfterSteps: Call;
  Reasons: Reason[];
  Risks: string[];
}

/** By the parameter of Explain that they fill. */
const OPTIONS: Readonly<Record<string, Option>> = {
  RegionId: new Option('--region <id>', 'where; default: the service’s own'),
  AccountId: new Option('--account <id>', 'who wants to; default: the operator'),
  Bucket: new Option('--bucket <name>', 'export: into which'),
  DestinationRegionId: new Option('--to-region <id>', 'copy: where to'),
  WithAccountId: new Option('--with-account <id>', 'share: with whom'),
  InstanceId: new Option('--instance <id>', 'replace, attach, detach: of which instance'),
  InstanceType: new Option('--type <type>', 'launch: as what, such as ecs.g6.large'),
  VSwitchId: new Option('--vswitch <id>', 'launch: in which; default: the newest of the region'),
  SecurityGroupId: new Option('--security-group <id>', 'launch: in which; default: one of the vSwitch’s VPC'),
  SnapshotId: new Option('--snapshot <id>', 'rollback of a disk: to which'),
  DiskId: new Option('--disk <id>', 'rollback to a snapshot: of which disk; default: the one that it was taken of'),
  Force: new Option('--force', 'delete: with Force=true'),
};

const VERBS = [
  'delete',
  'copy',
  'share',
  'launch',
  'replace',
  'attach',
  'detach',
  'rollback',
  'reinit',
  'createImage',
  'createSnapshot',
  'start',
  'stop',
  'export',
];

const HELP_END = `
Verbs:
  delete          image, snapshot, disk, instance
  copy            image, snapshot       --to-region
  share           image                 --with-account
  launch          image                 --type
  replace         image                 --instance: its system disk, by the image
  attach, detach  disk                  --instance
  rollback        snapshot, disk
  reinit          disk
  createImage     instance, snapshot
  createSnapshot  disk
  start, stop     instance
  export          image                 --bucket

Exits with 0 when it can be done now, with 1 when not.
Nothing is changed: everything is tried in a transaction that is taken back.
`;

export function addExplain(program: Command, io: Io): void {
  const explain = program
    .command('explain')
    .description('whether something can be done, why not, and the steps that make it possible')
    .addArgument(new Argument('<verb>').choices(VERBS))
    .argument('<resource>', 'id of an image, snapshot, disk or instance');
  for (const option of Object.values(OPTIONS)) explain.addOption(option);
  explain.addHelpText('after', HELP_END).action(async (Verb: string, ResourceId: string, _, command: Command) => {
    const options = command.optsWithGlobals<DataOption & { json?: boolean } & Record<string, string | undefined>>();
    const service = await openService(options, io);
    const question: Record<string, string | undefined> = { Verb, ResourceId };
    for (const [name, option] of Object.entries(OPTIONS)) question[name] = options[option.attributeName()];
    question['RegionId'] ??= service.regionId;
    const explanation = await service.extension<Explanation>('Explain', question).catch(nameOption);
    if (options.json) printJson(io, { ...explanation, RequestId: undefined });
    else io.out(textOf(explanation));
    if (!explanation.Verdict) throw refusal(explanation);
  });
}

/** What the API misses by its parameter, a person gives as an option. */
function nameOption(fault: unknown): never {
  if (!(fault instanceof CliFault) || fault.code !== 'MissingParameter') throw fault;
  const missing = Object.entries(OPTIONS).find(([parameter]) => fault.message.includes(` ${parameter} `));
  throw new CliFault('Usage', `This needs ${missing?.[1].flags ?? 'more'}.`, {
    exitCode: exitCodes.usage,
    cause: fault,
  });
}

function refusal({ Remedied, Reasons }: Explanation): CliFault {
  if (!Remedied && Reasons.some(({ Advice }) => Advice !== undefined))
    return new CliFault(
      'NotNow',
      'It cannot be done now. What stands behind "Do" comes first, and could not be tried here.',
    );
  if (!Remedied)
    return new CliFault('NotPossible', 'It cannot be done, and nothing is known here that would change that.');
  const steps = Reasons.flatMap(({ Steps }) => Steps).length;
  return new CliFault('NotNow', `It can be done after ${steps === 1 ? 'one step' : `${steps} steps`}.`);
}

function textOf({ Verdict, AccountId, RegionId, Call, CallAfterSteps, Reasons, Risks }: Explanation): string {
  const steps = Reasons.flatMap(({ Steps }) => Steps).toSorted((a, b) => a.Number - b.Number);
  const lines = [
    `${Verdict ? 'Yes' : 'No'}, account ${AccountId} ${Verdict ? 'can' : 'cannot'} do this in ${RegionId} now:`,
    `  ${Call.CommandLine}`,
    ...section('Why not:', Reasons.flatMap(reasonLines)),
    ...section('What makes it possible:', [
      ...steps.flatMap(({ Number: number, Text, Call: call }) => [
        `  ${number}. ${Text}`,
        ...(call ? [`     ${call.CommandLine}`] : []),
      ]),
      ...(steps.length > 0 ? ['  Then:', `     ${CallAfterSteps.CommandLine}`] : []),
    ]),
    ...section(
      'Mind:',
      Risks.map((risk) => `  - ${risk}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

function reasonLines({ Action, Code, HttpStatus, Message, Rule, Advice, Steps }: Reason): string[] {
  const numbers = Steps.map(({ Number: number }) => number).join(', ');
  const remedy = numbers === '' ? '' : ` -> step${Steps.length === 1 ? '' : 's'} ${numbers}`;
  return [
    `  ${Code} (HTTP ${HttpStatus} of ${Action})${remedy}`,
    `    ${Message}`,
    ...(Rule === Message ? [] : [`    Rule: ${Rule}`]),
    ...(Advice === undefined ? [] : [`    Do: ${Advice}`]),
  ];
}
