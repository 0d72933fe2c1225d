import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Action } from '../../src/actions/action.ts';
import { actions } from '../../src/actions/index.ts';
import { products } from '../../src/contract/sdk.ts';
import { asGiven, callAs, kindOf, other, parametersOf, plain, things, type Things } from './everyKind.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

/** Lists show, count and filter the caller's own: what another account has changes nothing in any of them. */

const NAME = 'alices-own-name';
const FAMILY = 'alices-own-family';
const TAG = 'alices-own-tag';
const GROUP = 'rg-alicesowngrp';
const REGION = 'cn-hangzhou';

type Asked = Record<string, string>;

/** Says of what is hers: found by it, and by nothing that bob asks with. */
interface Hers extends Things {
  accountId: string;
  eipAddress: string;
  networkInterface: string;
  privateIp: string;
  router: string;
  fingerPrint: string;
  snapshotLink: string;
  task: string;
}

/** What tells hers from others' things, by the parameter's name; ids and key pairs are in `everyKind`. */
const MARKS: readonly (readonly [RegExp, (hers: Hers, product: Action['product']) => string])[] = [
  [
    /^(?:Image|Disk|Snapshot|Instance|SecurityGroup|AutoSnapshotPolicy|Vpc|VSwitch|Eip|Command|RouteEntry)?Name$/,
    () => NAME,
  ],
  [/^Image(?:Family)$/, () => FAMILY],
  [/^Tag(?:s|Filter)?\.1\.(?:Key|TagKey|Value|TagValues\.1)$/, () => TAG],
  [/^ResourceGroupId$/, () => GROUP],
  [/^(?:ImageOwner|VpcOwner|VSwitchOwner|Account)Id$/, ({ accountId }) => accountId],
  [/^EipAddress(?:es)?$/, ({ eipAddress }) => eipAddress],
  [/^NetworkInterfaceId(?:\.1)?$/, ({ networkInterface }) => networkInterface],
  [/^(?:PrivateIpAddress(?:es|\.1)|PrimaryIpAddress)$/, ({ privateIp }) => privateIp],
  [/^RouterId$/, ({ router }) => router],
  [/^KeyPairFingerPrint$/, ({ fingerPrint }) => fingerPrint],
  [/^SnapshotLinkIds?$/, ({ snapshotLink }) => snapshotLink],
  [/^TaskIds?$/, ({ task }) => task],
  [/^Filter\.1\.Value\.1$/, ({ cen }) => cen],
  [
    /^ResourceIds?(?:\.1)?$/,
    ({ key, vpc, image }, product) => (product === 'Kms' ? key : product === 'Vpc' ? vpc : image),
  ],
];

/** Of these hers and others' may be alike: they narrow what is the caller's anyway. Whatever of hers has them doesn't count. */
const TRAITS: Readonly<Record<string, string>> = {
  'Filter.1.Key': 'CreationStartTime',
  'Filter.1.Value': '2001-01-01T00:00Z',
  Category: 'standard',
  'DestCidrBlockList.1': '192.168.0.0/16',
  DestinationCidrBlock: '192.168.0.0/16',
  NextHopType: 'VpcPeer',
  RouteEntryType: 'Custom',
  InvocationStatus: 'Failed',
  InvokeRecordStatus: 'Failed',
  InvokeStatus: 'Failed',
  DiskType: 'data',
  Encrypted: 'true',
  ImageOwnerAlias: 'others',
  InstanceType: 'ecs.g6.large',
  IsQueryEcsCount: 'true',
  LockStatus: 'locked',
  OSType: 'linux',
  SnapshotType: 'all',
  SourceDiskType: 'data',
  Status: 'Available',
  TaskAction: 'CopyImage',
  TaskStatus: 'Finished',
  Usage: 'none',
  Filters: '[{"Key":"KeyState","Values":["Enabled"]}]',
};
const TRAITS_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Ecs DescribeDisks': { Category: 'cloud_essd', Status: 'In_use' },
  'Ecs DescribeEipAddresses': { Status: 'InUse' },
  'Vpc DescribeEipAddresses': { Status: 'InUse' },
  'Ecs DescribeInstances': { Status: 'Stopped' },
  'Ecs DescribeNetworkInterfaces': { Status: 'InUse' },
  'Ecs DescribeSnapshots': { Status: 'accomplished' },
  'Ecs DescribeSnapshotGroups': { 'Status.1': 'accomplished' },
  'Ecs DescribeTags': { Category: 'All' },
  'Ecs DescribeInstanceAutoRenewAttribute': { RenewalStatus: 'Normal' },
  'Tongjing ListTickets': { Status: 'Submitted' },
};

/** Parameters by which nobody's things are told apart: paging, the form of the answer, and what nothing here has. */
const TELLS_NOTHING = [
  /^(?:CommandType|ContentEncoding|Description|IncludeHistory|IncludeOutput|Latest|Provider|RepeatMode|Timed)$/,
  /^(?:Owner|ResourceOwner)(?:Id|Account)$/,
  /^ChildInstance(?:OwnerId|RegionId|Type)$/,
  /^(?:RegionId|ZoneId|PageNumber|PageSize|MaxResults|NextToken|DryRun|AcceptLanguage|AttributeName\.1|Verbose|AdditionalAttributes\.1)$/,
  /^(?:Attribute|ClientToken|Direction|NicType|IncludePublicKey|NeedSaleCycle|IsDefault|FuzzyQuery|ShowExpired|ActionType)$/,
  /^(?:DeleteAutoSnapshot|DeleteWithInstance|EnableAutoSnapshot|EnableAutomatedSnapshotPolicy|EnableShared|Portable)$/,
  /^(?:DiskChargeType|LockReason|MultiAttach|Architecture|IsPublic|IsSupportCloudinit|IsSupportIoOptimized|Usable)$/,
  /^(?:HpcClusterId|ClusterId|Http(?:Endpoint|PutResponseHopLimit|Tokens)|Inner|Public|Rdma)(?:IpAddresses)?$/,
  /^(?:Instance(?:ChargeType|NetworkType|TypeFamily)|InternetChargeType|IoOptimized|Ipv6Address\.1|DeviceAvailable)$/,
  /^(?:NetworkInterfaceName|ServiceManaged|Type|NetworkType|SecurityGroupType|EnableIpv6|DhcpOptionsSetId)$/,
  /^(?:AssociatedInstanceType|ChargeType|ISP|IncludeReservationData|PublicIpAddressPoolId|SecurityProtectionEnabled)$/,
  /^(?:Marker|MaxItems|PolicyType|RouteTableName|RouteTableType|RouterType|MaxResult|IpVersion|ServiceType|TaskGroupId|StartTime|EndTime|ResourceType)$/,
];

/** Filters by which she doesn't find what is hers either: nobody shares with her, she has no subscriptions, an instance is not a VPC; route tables, peering connections and the system's policies have no tags. */
const FINDS_NOTHING = new Set([
  'Ecs DescribeSendFileResults InvokeId',
  'Ecs DescribeSendFileResults Tag.1.Key',
  'Ecs DescribeSendFileResults Tag.1.Value',
  'Ram ListPolicies Tag.1.Key',
  'Ram ListPolicies Tag.1.Value',
  'Ecs DescribeInstanceAutoRenewAttribute InstanceId',
  'Vpc DescribeEipAddresses SegmentInstanceId',
  'Ecs DescribeImages ImageOwnerId',
  'Vpc DescribeGrantRulesToCen InstanceId',
  'Vpc DescribeGrantRulesToCen ResourceGroupId',
  'Vpc DescribeRouteTableList Tag.1.Key',
  'Vpc DescribeRouteTableList Tag.1.Value',
  'VpcPeer ListVpcPeerConnections Tags.1.Key',
  'VpcPeer ListVpcPeerConnections Tags.1.Value',
]);

/** What is one of the service's own tables, the same for everybody. */
const NOBODYS = new Set([
  'Ecs DescribeAvailableResource',
  'Ecs DescribeInstanceTypeFamilies',
  'Ecs DescribeInstanceTypes',
  'Ecs DescribeRegions',
  'Ecs DescribeZones',
  'Kms DescribeRegions',
  'Location DescribeEndpoints',
  'Tongjing DescribeCatalogueImage',
]);

/** What an action is called with besides; each in turn. */
const WITH: Readonly<Record<string, (of: Hers) => readonly Asked[]>> = {
  'Ecs DescribeAccountAttributes': () => [{ 'AttributeName.1': 'used-postpaid-yundisk-capacity' }],
  'Ecs DescribeImages': () => [{ Status: 'ALL' }, { ImageOwnerAlias: 'others' }] as Asked[],
  'Ecs DescribeImageFromFamily': () => [{ ImageFamily: 'nobodys' }],
  'Ecs DescribeImageSharePermission': ({ image }) => [{ ImageId: image }],
  'Ecs DescribeInstanceAutoRenewAttribute': () => [{ RenewalStatus: 'Normal' }],
  'Ecs DescribeNetworkInterfaceAttribute': ({ networkInterface }) => [{ NetworkInterfaceId: networkInterface }],
  'Ecs DescribeTaskAttribute': ({ task }) => [{ TaskId: task }],
  'Ecs DescribeTags': () => [{}, { ResourceType: 'image' }] as Asked[],
  'Ecs ListTagResources': (of) =>
    [
      { ResourceType: 'image', 'ResourceId.1': of.image },
      { ResourceType: 'image', 'Tag.1.Key': TAG },
    ] as Asked[],
  'Location DescribeEndpoints': () => [{ Id: REGION, ServiceCode: 'ecs', Type: 'openAPI' }],
  'Tongjing DescribeCatalogueImage': () => [{ ImageId: 'none' }],
  'Cbn DescribeCens': () => [{ 'Filter.1.Key': 'CenId' }, {}] as Asked[],
  'Cbn DescribeCenAttachedChildInstanceAttribute': () => [{ ChildInstanceType: 'VPC', ChildInstanceRegionId: REGION }],
  'Vpc DescribeGrantRulesToCen': (of) => [{ InstanceType: 'VPC', InstanceId: of.vpc }],
  'Kms ListTagResources': (of) => [{ ResourceType: 'key', 'ResourceId.1': of.key }],
  'Ram ListTagResources': (of) =>
    [
      { ResourceType: 'role', 'ResourceNames.1': of.role },
      { ResourceType: 'role', 'Tag.1.Key': TAG },
    ] as Asked[],
  'Vpc ListTagResources': (of) => [{ ResourceType: 'VPC', 'ResourceId.1': of.vpc }],
};

const lists = actions.filter(({ name }) => /^(?:Describe|List)/.test(name));
const titleOf = ({ product, name }: Action) => `${product} ${name}`;
const marksOf = (parameter: string) => MARKS.find(([pattern]) => pattern.test(parameter))?.[1];
const traitOf = (action: Action, parameter: string) => TRAITS_OF[titleOf(action)]?.[parameter] ?? TRAITS[parameter];

let world: ImageWorld;
let alice: Party;
let bob: Party;
let hers: Hers;
let his: Hers;
/** What bob was told before there was anything of hers. */
const untouched = new Map<string, string>();

before(async () => {
  world = await createImageWorld();
  alice = await world.party();
  bob = await world.party();
  his = await everythingOf(bob, {});
  for (const action of lists) {
    for (const asked of looks(action)) untouched.set(keyOf(action, asked), await answer(action, bob, asked));
  }
  hers = await everythingOf(alice, { name: NAME });
  await markAll();
});
after(() => world[Symbol.asyncDispose]());

/** The image is one that was copied: there is a task of it, and a line of usage. */
async function everythingOf(party: Party, row: { name?: string }): Promise<Hers> {
  const made = await things(world, party, row);
  const { json } = await callAs(world, party, 'CopyImage', {
    RegionId: REGION,
    DestinationRegionId: REGION,
    ImageId: made.image,
    Encrypted: 'true',
    KMSKeyId: made.key,
  });
  const networkInterfaceId = `eni-${party.accountId}`;
  const file = { Name: 'file', TargetDir: '/tmp', Content: 'x', 'InstanceId.1': made.instance, RegionId: REGION };
  assert.equal((await callAs(world, party, 'SendFile', file)).status, 200);
  const associated = { AllocationId: made.eip, InstanceId: made.instance };
  assert.equal((await callAs(world, party, 'AssociateEipAddress', associated)).status, 200);
  await world.change('instances', made.instance, { vpcId: made.vpc, vSwitchId: made.vSwitch, networkInterfaceId });
  await callAs(world, party, 'SubmitTicket', { Kind: 'export-image', Reason: NAME }, products.Tongjing.version);
  await callAs(world, party, 'CreateAlias', { KeyId: made.key, AliasName: `alias/${party.accountId}` }, '2016-01-20');
  const attached = { RoleName: made.role, PolicyType: 'System', PolicyName: 'AliyunOSSFullAccess' };
  await callAs(world, party, 'AttachPolicyToRole', attached, products.Ram.version);
  const child = { CenId: made.cen, ChildInstanceId: made.vpc, ChildInstanceType: 'VPC', ChildInstanceRegionId: REGION };
  assert.equal((await callAs(world, party, 'AttachCenChildInstance', child, products.Cbn.version)).status, 200);
  const lock = {
    RegionId: REGION,
    SnapshotId: made.snapshot,
    LockMode: 'compliance',
    LockDuration: '1',
    CoolOffPeriod: '0',
  };
  assert.equal((await callAs(world, party, 'LockSnapshot', lock)).status, 200);
  await world.world.settled();
  const one = async (table: 'vpcs' | 'keyPairs' | 'jobs' | 'eips') =>
    world.world.parts.database.read
      .selectFrom(table as 'vpcs')
      .selectAll()
      .where('accountId', '=', party.accountId)
      .$if(table === 'jobs', (query) => query.where('kind' as 'id', '=', 'copyImage'))
      .executeTakeFirstOrThrow() as Promise<object> as Promise<Record<string, string>>;
  return {
    ...made,
    image: String(json['ImageId']),
    accountId: party.accountId,
    eipAddress: (await one('eips'))['ipAddress']!,
    networkInterface: networkInterfaceId,
    privateIp: '172.16.1.77',
    router: (await one('vpcs'))['vRouterId']!,
    fingerPrint: (await one('keyPairs'))['fingerPrint']!,
    snapshotLink: 'sl-bp1alicesownlink00000',
    task: (await one('jobs'))['id']!,
  };
}

/** Gives all that is hers the names, the tags and the rest that hers is told by. */
async function markAll(): Promise<void> {
  const { accountId, instance, disk, snapshot, image } = hers;
  await world.world.parts.database.write(async (tx) => {
    for (const { name, columns } of await tx.introspection.getTables()) {
      const has = new Set(columns.map((column) => column.name));
      if (!has.has('accountId')) continue;
      const set = {
        ...(has.has('name') && !['keyPairs', 'ramRoles'].includes(name) && { name: NAME }),
        ...(has.has('resourceGroupId') && { resourceGroupId: GROUP }),
      };
      if (Object.keys(set).length === 0) continue;
      await tx
        .updateTable(name as 'images')
        .set(set)
        .where('accountId', '=', accountId)
        .execute();
    }
    const tagged = {
      instance,
      disk,
      snapshot,
      image,
      vpc: hers.vpc,
      vswitch: hers.vSwitch,
      key: hers.key,
      eip: hers.eip,
    };
    const others = { securitygroup: hers.group, keypair: hers.keyPair, snapshotpolicy: hers.policy };
    const tags = Object.entries({
      ...tagged,
      ...others,
      eni: hers.networkInterface,
      command: hers.command,
      invocation: hers.invocation,
      snapshotgroup: hers.snapshotGroup,
    });
    await tx
      .insertInto('tags')
      .values(
        tags.map(([resourceType, resourceId]) => ({
          accountId,
          regionId: REGION,
          resourceType,
          resourceId,
          key: TAG,
          value: TAG,
        })),
      )
      .execute();
    const { id: resourceId } = await tx
      .selectFrom('ramRoles')
      .select('id')
      .where('name', '=', hers.role)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('tags')
      .values({ accountId, regionId: '*', resourceType: 'role', resourceId, key: TAG, value: TAG })
      .execute();
    await tx.updateTable('imageDisks').set({ snapshotId: snapshot }).where('imageId', '=', image).execute();
    await tx
      .insertInto('instanceSecurityGroups')
      .values({ instanceId: instance, securityGroupId: hers.group })
      .execute();
  });
  const { role: ramRoleName, keyPair: keyPairName, privateIp, key: kmsKeyId, policy: autoSnapshotPolicyId } = hers;
  await world.change('instances', instance, { imageId: image, ramRoleName, keyPairName, privateIp });
  await world.change('images', image, { family: FAMILY });
  await world.change('disks', disk, { encrypted: 1, kmsKeyId, autoSnapshotPolicyId, sourceSnapshotId: snapshot });
  await world.change('snapshots', snapshot, { encrypted: 1, kmsKeyId, snapshotLinkId: hers.snapshotLink });
}

/** What the action is called with whatever it is asked for: by bob, his own where something must be named. */
function usual(action: Action, of: Hers): Asked[] {
  const required = new Set(action.required.map((field) => field.toLowerCase()));
  const names = parametersOf(action);
  const asked: Asked = {};
  for (const name of names) {
    const kind = kindOf(name, action);
    if (kind && required.has(plain(name).toLowerCase())) asked[name] = asGiven(name, of[kind]);
  }
  if (names.includes('RegionId')) asked['RegionId'] = REGION;
  return (WITH[titleOf(action)]?.(of) ?? [{}]).map((besides) => ({ ...asked, ...besides }));
}

/** Without a filter, and with each that narrows what is the caller's. */
function looks(action: Action): Asked[] {
  const plainly = usual(action, his);
  if (NOBODYS.has(titleOf(action))) return plainly;
  const traits = parametersOf(action).flatMap((name) => {
    const value = traitOf(action, name);
    if (value === undefined || name === 'Filter.1.Value') return [];
    const pair: Asked = name === 'Filter.1.Key' ? { 'Filter.1.Value': TRAITS['Filter.1.Value']! } : {};
    return [{ ...plainly[0], [name]: value, ...pair }];
  });
  return [...plainly, ...traits];
}

/** With each filter that names what is one account's, as `of` is named by it. */
function filters(action: Action, of: Hers, by: Hers): { name: string; value: string; asked(value: string): Asked }[] {
  if (NOBODYS.has(titleOf(action))) return [];
  return parametersOf(action).flatMap((name) => {
    const kind = kindOf(name, action);
    const value = kind ? of[kind] : marksOf(name)?.(of, action.product);
    if (value === undefined) return [];
    const key = name.replace(/Value$/, 'Key').replace('TagValues.1', 'TagKey');
    const besides: Asked = name.endsWith('OwnerId') && name.startsWith('Image') ? { ImageOwnerAlias: 'others' } : {};
    const tagKey: Asked = key === name ? {} : { [key]: TAG };
    return usual(action, by).map((asked) => ({
      name,
      value,
      asked: (given: string) => ({ ...asked, ...besides, ...tagKey, [name]: asGiven(name, given) }),
    }));
  });
}

/** Status and text, without what is different each time. */
async function answer(action: Action, by: Party, asked: Asked): Promise<string> {
  const { status, text } = await callAs(world, by, action.name, asked, products[action.product].version);
  assert.ok(status < 500 && !/"Code":"Missing/.test(text), `${titleOf(action)} ${JSON.stringify(asked)}: ${text}`);
  return `${status} ${text.replaceAll(/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/g, '')}`;
}

const keyOf = (action: Action, asked: Asked) => `${titleOf(action)} ${JSON.stringify(asked)}`;

/** Everything by which hers could be known in an answer. */
const allMarks = () => [...new Set([NAME, FAMILY, TAG, GROUP, ...Object.values(hers)])];

test('every parameter of a list is known here', () => {
  const unknown = lists.flatMap((action) =>
    NOBODYS.has(titleOf(action))
      ? []
      : parametersOf(action)
          .filter((name) => !kindOf(name, action) && !marksOf(name) && traitOf(action, name) === undefined)
          .filter((name) => !TELLS_NOTHING.some((pattern) => pattern.test(name)))
          .map((name) => `${titleOf(action)} ${name}`),
  );
  assert.deepEqual(unknown, []);
});

for (const action of lists) {
  test(`${titleOf(action)}: nothing of hers is listed, counted or found`, async () => {
    for (const asked of looks(action)) {
      const now = await answer(action, bob, asked);
      assert.equal(now, untouched.get(keyOf(action, asked)), JSON.stringify(asked));
    }
    for (const { name, value, asked } of filters(action, hers, his)) {
      const told = await answer(action, bob, asked(value));
      const without = (text: string, named: string) => text.replaceAll(named, 'THAT');
      const never = await answer(action, bob, asked(other(value)));
      assert.equal(without(told, value), without(never, other(value)), name);
      const shown = allMarks().filter((mark) => mark !== value && without(told, value).includes(mark));
      assert.deepEqual(shown, [], `${name}: ${told}`);
      const own = filters(action, hers, hers).find((each) => each.name === name)!.asked;
      const found = without(await answer(action, alice, own(value)), value);
      const none = without(await answer(action, alice, own(other(value))), other(value));
      if (!FINDS_NOTHING.has(`${titleOf(action)} ${name}`)) assert.notEqual(found, none, `${name} finds hers for her`);
    }
  });
}

test('an image shared with him is found by what he is shown of it, and by nothing else', async () => {
  await world.share(hers.image, bob);
  const images = actions.find((action) => titleOf(action) === 'Ecs DescribeImages')!;
  const found = async (filter: Asked) =>
    (await answer(images, bob, { RegionId: REGION, ImageOwnerAlias: 'others', ...filter })).includes(hers.image);
  assert.equal(await found({}), true);
  assert.equal(await found({ ImageFamily: FAMILY }), true);
  const hidden: Asked[] = [{ ResourceGroupId: GROUP }, { 'Tag.1.Key': TAG }, { SnapshotId: hers.snapshot }];
  for (const filter of hidden) assert.equal(await found(filter), false, JSON.stringify(filter));
  assert.equal(await found({ Usage: 'instance' }), false, 'she has an instance of it');
});
