import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { actions } from '../../src/actions/index.ts';
import { products } from '../../src/contract/sdk.ts';
import { allRows } from '../allRows.ts';
import { asGiven, callAs, kindOf, other, parametersOf, plain, things, type Things } from './everyKind.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

/** Whoever names what is someone else's is told what one is told who names what never was: of every action, every parameter. */

/** Ends in Id or the like, and names nothing that an account has here. */
const NAMES_NOTHING = [
  /RegionId$/i,
  /ZoneId$/,
  /(?:^|\.)(?:ResourceOwner|Owner|ImageOwner|VpcOwner|VSwitchOwner|CenOwner|ChildInstanceOwner|SourceGroupOwner|DestGroupOwner|(?:With)?Account)Id$/,
  /ResourceGroupId$/, // any id of its form
  /AcceptingAliUid$/, // an account
  /(?:VlanId|ClusterId|HostId|StorageSetId|DeploymentSetId|NodeControllerId|PrivatePoolOptions\.Id)$/, // not built
  /(?:PrefixListId|PortRangeListId|IpamPoolId|DhcpOptionsSetId|LaunchTemplateId|TaskGroupId|PublicIpAddressPoolId|ActivityId|ContainerId)$/, // not built
  /(?:Rolea|StorageLocationA)rn$/, // not built
  /(?:ExternalId|^Id)$/, // the caller's own text; Location's region
];

/** Ids that what has them doesn't let out otherwise: tests of their own, by name. */
const ELSEWHERE = [
  /TicketId$/, // tickets.test.ts
  /RoleArn$/, // ramRoles.test.ts
  /TaskIds?$/, // imagesTasks.test.ts
  /SecurityGroupRuleId$/, // securityGroupsRules.test.ts: looked for in one group alone
  /SnapshotLinkIds?$/, // snapshotsUsage.test.ts
  /(?:Router|NetworkInterface)Id$/, // made of the id of the network or the instance
  /^Resource(?:Id|Ids)$/, // tags.test.ts
];

const REQUIRED: Readonly<Record<string, string>> = {
  RegionId: 'cn-hangzhou',
  regionId: 'cn-hangzhou',
  ZoneId: 'cn-hangzhou-h',
  OSSBucket: 'images',
  OssBucket: 'images',
  DestinationRegionId: 'cn-beijing',
  ChildInstanceRegionId: 'cn-hangzhou',
  ChildInstanceType: 'VPC',
  AcceptingAliUid: '1000000000000000',
  AcceptingRegionId: 'cn-beijing',
  DestinationSnapshotName: 'there',
  DestinationSnapshotDescription: 'over there',
  CidrBlock: '172.16.9.0/24',
  NewSize: '100',
  VncPassword: 'Mirr0r',
  Size: '40',
  InstanceType: 'ecs.g7.large',
  Amount: '1',
  InnerAccessPolicy: 'Accept',
  IpProtocol: 'tcp',
  PortRange: '22/22',
  LockMode: 'flexible',
  LockDuration: '1',
  CoolOffPeriod: '1',
  TimePoints: '["1"]',
  timePoints: '["1"]',
  repeatWeekdays: '["1"]',
  retentionDays: '3',
  Bandwidth: '10',
  HttpEndpoint: 'enabled',
  Kind: 'io-optimised-image',
  Reason: 'because',
  Plaintext: 'aGVsbG8=',
  CiphertextBlob: 'aGVsbG8=',
  Tags: '[{"TagKey":"a","TagValue":"b"}]',
  TagKeys: '["a"]',
  AliasName: 'alias/bobs',
  PendingWindowInDays: '7',
  PolicyType: 'System',
  PolicyName: 'AliyunOSSFullAccess',
  AccountId: '1000000000000000',
  DeletionProtection: 'true',
  EnableDeletionProtection: 'true',
  EnableAutomaticRotation: 'false',
  'SystemDisk.Category': 'cloud_essd',
};

/** What an action needs besides to come as far as the parameter. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string | ((his: Things) => string)>>>> = {
  'Ecs CreateInstance': { ImageId: (his) => his.image },
  'Ecs RunInstances': {
    ImageId: (his) => his.image,
    VSwitchId: (his) => his.vSwitch,
    SecurityGroupId: (his) => his.group,
  },
  'Ecs ReplaceSystemDisk': { ImageId: (his) => his.image },
  'Ecs CreateSnapshotGroup': { InstanceId: (his) => his.instance },
  'Ecs ResetDisks': { 'Disk.1.DiskId': (his) => his.disk, 'Disk.1.SnapshotId': (his) => his.snapshot },
  'Ecs ModifyDiskAttribute': { DiskName: 'renamed' },
  'Ecs CreateCommand': { Name: 'n', Type: 'RunShellScript', CommandContent: 'aWQ=' },
  'Ecs RunCommand': { Type: 'RunShellScript', CommandContent: 'id' },
  'Ecs SendFile': { Name: 'n', TargetDir: '/tmp', Content: 'x' },
  'Ecs InvokeCommand': { 'InstanceId.1': (his) => his.instance },
  'Ecs LockSnapshot': { LockMode: 'compliance' },
  'Ecs ExportImage': { ImageId: (his) => his.image },
  'Ecs ImportImage': { 'DiskDeviceMapping.1.OSSBucket': 'images', 'DiskDeviceMapping.1.OSSObject': 'disk.raw' },
  'Vpc RevokeInstanceFromCen': { InstanceId: (his) => his.vpc, InstanceType: 'VPC', CenOwnerId: '1000000000000000' },
  'Vpc DescribeGrantRulesToCen': { InstanceType: 'VPC' },
  'Vpc CreateRouteEntry': { DestinationCidrBlock: '192.168.1.0/24', NextHopType: 'VpcPeer' },
  'Vpc DeleteRouteEntry': { RouteTableId: (his) => his.routeTable },
  'Ram ListTagResources': { ResourceType: 'role' },
  'Ram TagResources': { ResourceType: 'role', 'Tag.1.Key': 'a' },
  'Ram UntagResources': { ResourceType: 'role', All: 'true' },
};

/** With what would be refused before the parameter is looked at. */
const WITH: readonly (readonly [RegExp, Readonly<Record<string, string>>])[] = [
  [/^RouteTableId$|^NextHopId$/, { DestinationCidrBlock: '192.168.0.0/16' }],
  [/^KMSKeyId$/, { Encrypted: 'true' }],
  [/^SystemDisk\.KMSKeyId$/, { 'SystemDisk.Encrypted': 'true' }],
  [/^DataDisk\.1\.KMSKeyId$/, { 'DataDisk.1.Encrypted': 'true', 'DataDisk.1.Size': '40' }],
  [/^Permissions\.1\./, { 'Permissions.1.IpProtocol': 'tcp', 'Permissions.1.PortRange': '22/22' }],
];

/** Of what the planner is asked, by the parameter that names more of it. */
const EXPLAINED: Readonly<Record<string, (his: Things) => Record<string, string>>> = {
  InstanceId: ({ image }) => ({ Verb: 'replace', ResourceId: image }),
  DiskId: ({ snapshot }) => ({ Verb: 'rollback', ResourceId: snapshot }),
  SnapshotId: ({ disk }) => ({ Verb: 'rollback', ResourceId: disk }),
  VSwitchId: ({ image }) => ({ Verb: 'launch', ResourceId: image }),
  SecurityGroupId: ({ image, vSwitch }) => ({ Verb: 'launch', ResourceId: image, VSwitchId: vSwitch }),
};

/** The caller's own new name, or what is noted without a look at it: nothing of anybody else's. */
const NEW_NAMES = new Set(['Vpc GrantInstanceToCen', 'Ecs CreateKeyPair', 'Ecs ImportKeyPair', 'Ram CreateRole']);

let world: ImageWorld;
let alice: Party;
let bob: Party;
let hers: Things;
let his: Things;
before(async () => {
  world = await createImageWorld();
  alice = await world.party();
  bob = await world.party();
  hers = await things(world, alice);
  his = await things(world, bob);
  await world.world.settled();
});
after(() => world[Symbol.asyncDispose]());

/** Whatever is hers or names what is hers; a collection of garbage is everybody's, whoever asked for it first. */
async function rowsOfAlice(): Promise<string[]> {
  const rows = Object.entries(await allRows(world.world)).flatMap(([table, all]) =>
    all.map((row) => `${table} ${JSON.stringify(row)}`),
  );
  const marks = [alice.accountId, ...Object.values(hers)];
  return rows
    .filter((row) => marks.some((mark) => row.includes(mark)) && !row.includes('"kind":"collectGarbage"'))
    .sort();
}

const isId = (parameter: string) => /(?:Ids?|Arn|KeyPairName|RoleName|ResourceNames)$/i.test(plain(parameter));

const given = (parameter: string, id: string): string =>
  parameter.endsWith('Arn') ? `acs:kms:cn-hangzhou:${bob.accountId}:key/${id}` : asGiven(parameter, id);

test('every parameter that names something is known here', () => {
  const unknown = actions.flatMap((action) =>
    parametersOf(action)
      .filter(
        (name) =>
          isId(name) &&
          !kindOf(name, action) &&
          ![...NAMES_NOTHING, ...ELSEWHERE].some((pattern) => pattern.test(plain(name))),
      )
      .map((name) => `${action.product}.${action.name} ${name}`),
  );
  assert.deepEqual(unknown, []);
});

for (const action of actions) {
  const names = parametersOf(action);
  const of = `${action.product} ${action.name}`;
  const ids = NEW_NAMES.has(of) ? [] : names.filter((name) => kindOf(name, action));
  if (ids.length === 0) continue;
  test(`${action.product} ${action.name}: hers is as what never was`, async () => {
    const required = new Set(action.required.map((field) => field.toLowerCase()));
    const usual: Record<string, string> = {};
    for (const name of names) {
      const kind = kindOf(name, action);
      if (kind && required.has(plain(name).toLowerCase())) usual[name] = given(name, his[kind]);
      else if (REQUIRED[name] && !name.includes('.')) usual[name] = REQUIRED[name];
    }
    for (const [name, value] of Object.entries(NEEDED[of] ?? {}))
      usual[name] = typeof value === 'string' ? value : value(his);
    for (const name of ids) {
      const rows = await rowsOfAlice();
      const ask = async (id: string) => {
        const besides = WITH.find(([pattern]) => pattern.test(name))?.[1];
        const all: Record<string, string> = {
          ...usual,
          ...(of === 'Tongjing Explain' && EXPLAINED[name]!(his)),
          ...(names.includes(Object.keys(besides ?? {})[0] ?? '') && besides),
          [name]: given(name, id),
          ...(action.access === 'write' && names.includes('DryRun') && { DryRun: 'true' }),
        };
        const { status, text } = await callAs(world, bob, action.name, all, products[action.product].version);
        const made = action.access === 'write' ? /\b[a-z]{1,4}-(?:bp1|2ze)[0-9a-z]{17,18}\b|"TaskId":"[^"]*"/g : /$^/g;
        const said = text.replaceAll(/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/g, '').replaceAll(id, 'THAT');
        return `${status} ${said.replaceAll(made, 'MADE')}`;
      };
      const foreign = await ask(hers[kindOf(name, action)!]);
      assert.equal(foreign, await ask(other(hers[kindOf(name, action)!])), name);
      assert.ok(!foreign.startsWith('5'), `${name}: ${foreign}`);
      assert.ok(!/"Code":"Missing/.test(foreign), `${name} was not looked at: ${foreign}`);
      assert.deepEqual(await rowsOfAlice(), rows, `${name} changed something of hers`);
    }
  });
}
