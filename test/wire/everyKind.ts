import assert from 'node:assert/strict';
import type { Action } from '../../src/actions/action.ts';
import {
  emptyModel,
  hasModel,
  loadModel,
  type FieldType,
  type Model,
  type SdkProduct,
} from '../../src/contract/sdk.ts';
import type { ImageWorld, Party } from './imageWorld.ts';
import { makeKey } from './kmsClient.ts';
import { goRequest, send, type RawAnswer } from './rawClient.ts';

/** One of everything that an account can have, and what parameters name it: for tests of every action. */

export type Kind =
  | 'cen'
  | 'command'
  | 'disk'
  | 'eip'
  | 'group'
  | 'image'
  | 'instance'
  | 'invocation'
  | 'key'
  | 'keyPair'
  | 'peer'
  | 'policy'
  | 'role'
  | 'routeEntry'
  | 'routeTable'
  | 'snapshot'
  | 'snapshotGroup'
  | 'vSwitch'
  | 'vpc';
export type Things = Record<Kind, string>;

/** What a parameter names, by the end of its own name. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/AllocationId$/, 'eip'],
  [/CommandId$/, 'command'],
  [/InvokeId$/, 'invocation'],
  [/AutoSnapshotPolicyId$/i, 'policy'],
  [/SnapshotGroupIds?$/, 'snapshotGroup'],
  [/SnapshotIds?$/, 'snapshot'],
  [/DiskIds?$/i, 'disk'],
  [/ImageId$/, 'image'],
  [/CenId$/, 'cen'],
  [/ChildInstanceId$/, 'vpc'],
  [/RouteTableId$/, 'routeTable'],
  [/RouteEntryId$/, 'routeEntry'],
  [/NextHopId$/, 'peer'],
  [/InstanceIds?$/, 'instance'],
  [/VSwitchId$/, 'vSwitch'],
  [/VpcId$/, 'vpc'],
  [/(?:Security|Source|Dest)Group(?:Id|Ids)$/, 'group'],
  [/^KeyId$|KMSKeyId$|ProtectedResourceArn$/, 'key'],
  [/KeyPairName$/, 'keyPair'],
  [/RoleName$|^ResourceNames$/, 'role'],
];

/** Without the place in a list. */
export const plain = (parameter: string) => parameter.replace(/\.1$/, '');
export const kindOf = (parameter: string, { product }: Action): Kind | undefined =>
  product === 'VpcPeer' && parameter === 'InstanceId'
    ? 'peer'
    : KINDS.find(([pattern]) => pattern.test(plain(parameter)))?.[1];

/** An id, a name or an address of the same form that nothing has. */
export function other(id: string): string {
  if (id.startsWith('pair-')) return `pair-${'9'.repeat(16)}`;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(id)) return '172.16.200.200';
  if (/^\d+$/.test(id)) return id.slice(0, -10) + '9'.repeat(10);
  return id.slice(0, -10) + (/^[0-9a-f-]{36}$/.test(id) ? '0123456789' : 'zzzzzzzzzz');
}

/** As the parameter takes one id. */
export const asGiven = (parameter: string, id: string): string =>
  /(?:diskIds|InstanceIds|SnapshotIds|SnapshotLinkIds|DiskIds|SecurityGroupIds|[Ii]pAddresses)$/.test(parameter)
    ? JSON.stringify([id])
    : id;

export const callAs = (
  { world }: ImageWorld,
  by: Party,
  action: string,
  parameters: Record<string, string>,
  version?: string,
): Promise<RawAnswer> => send(world.endpoint, goRequest(by, { action, parameters, ...(version && { version }) }));

/** `row` is what images, snapshots, disks and instances have besides. */
export async function things(world: ImageWorld, owner: Party, row: { name?: string } = {}): Promise<Things> {
  const made = async (action: string, field: string, parameters: Record<string, string>, version?: string) => {
    const region = { ...(!('regionId' in parameters) && { RegionId: 'cn-hangzhou' }) };
    const { json, text } = await callAs(world, owner, action, { ...region, ...parameters }, version);
    assert.ok(json[field], text);
    return String(json[field]);
  };
  const vpc = await made('CreateVpc', 'VpcId', { CidrBlock: '172.16.0.0/16' });
  const far = await made('CreateVpc', 'VpcId', { CidrBlock: '192.168.0.0/16' });
  await world.world.settled();
  const tables = await callAs(world, owner, 'DescribeRouteTableList', { VpcId: vpc }, '2016-04-28');
  const [, routeTable] = /"RouteTableId":"([^"]+)"/.exec(tables.text)!;
  const wished = {
    VpcId: vpc,
    AcceptingVpcId: far,
    AcceptingAliUid: owner.accountId,
    AcceptingRegionId: 'cn-hangzhou',
  };
  const peer = await made('CreateVpcPeerConnection', 'InstanceId', wished, '2022-01-01');
  const route = { RouteTableId: routeTable!, DestinationCidrBlock: '192.168.0.0/16', NextHopType: 'VpcPeer' };
  const entry = { ...route, NextHopId: peer, ...(row.name && { RouteEntryName: row.name }) };
  const routeEntry = await made('CreateRouteEntry', 'RouteEntryId', entry, '2016-04-28');
  const cen = await callAs(world, owner, 'CreateCen', {}, '2017-09-12');
  const role = `role-${owner.accountId}`;
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs.aliyuncs.com' } };
  const document = JSON.stringify({ Version: '1', Statement: [trust] });
  const ofRole = { RoleName: role, AssumeRolePolicyDocument: document };
  const { text } = await callAs(world, owner, 'CreateRole', ofRole, '2015-05-01');
  assert.match(text, /"RoleId"/);
  const { id: instance, diskIds } = await world.instance(owner, { status: 'Stopped', ...row }, [row]);
  const script = { Name: row.name ?? 'script', Type: 'RunShellScript', CommandContent: 'aWQ=' };
  const command = await made('CreateCommand', 'CommandId', script);
  return {
    cen: String(cen.json['CenId']),
    vpc,
    peer,
    routeTable: routeTable!,
    routeEntry,
    vSwitch: await made('CreateVSwitch', 'VSwitchId', {
      VpcId: vpc,
      ZoneId: 'cn-hangzhou-h',
      CidrBlock: '172.16.1.0/24',
    }),
    group: await made('CreateSecurityGroup', 'SecurityGroupId', { VpcId: vpc }),
    keyPair: await made('CreateKeyPair', 'KeyPairName', { KeyPairName: `pair-${owner.accountId}` }),
    policy: await made('CreateAutoSnapshotPolicy', 'AutoSnapshotPolicyId', {
      regionId: 'cn-hangzhou',
      timePoints: '["1"]',
      repeatWeekdays: '["1"]',
      retentionDays: '3',
    }),
    snapshotGroup: await made('CreateSnapshotGroup', 'SnapshotGroupId', { InstanceId: instance }),
    command,
    invocation: await made('InvokeCommand', 'InvokeId', { CommandId: command, 'InstanceId.1': instance }),
    eip: await made('AllocateEipAddress', 'AllocationId', {}),
    key: await makeKey(world.world, owner),
    role,
    instance,
    disk: diskIds[1]!,
    image: await world.image(owner, row),
    snapshot: await world.snapshot(owner, { sourceDiskId: diskIds[1]!, ...row }),
  };
}

/** Wire names of every parameter, `1` for the place in a list. */
export function parametersOf(action: Action): string[] {
  return pathsOf(modelOf(action));
}

function pathsOf(model: Model, prefix = ''): string[] {
  const types = model.types();
  return Object.entries(model.names()).flatMap(([field, name]) => {
    let type: FieldType | undefined = types[field];
    let path = prefix + name;
    while (type && typeof type === 'object' && 'itemType' in type) {
      type = type.itemType;
      path += '.1';
    }
    return type && typeof type !== 'string' && 'names' in type ? pathsOf(type, `${path}.`) : [path];
  });
}

function modelOf({ product, models }: Action): Model {
  if (typeof models !== 'string') return models.request;
  const name = `${models}Request`;
  return hasModel(product as SdkProduct, name) ? loadModel(product as SdkProduct, name) : emptyModel;
}
