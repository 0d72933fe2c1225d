import assert from 'node:assert/strict';
import RPCClient from '@alicloud/pop-core';
import { allRows } from '../allRows.ts';
import type { Account, World } from '../world.ts';

type Parameters = Readonly<Record<string, string | number | boolean | string[] | object[] | undefined>>;

/** KMS through the vendor's RPC client, in one region. */
export type KmsClient = (action: string, parameters?: Parameters) => Promise<Answer>;

/** What of all its answers the tests read. */
interface Answer {
  KeyMetadata: KeyMetadata;
  TotalCount: number;
  Keys: { Key: { KeyId: string }[] };
  Regions: { Region: { RegionId: string }[] };
  Aliases: { Alias: { AliasName: string; KeyId: string }[] };
  Tags: { Tag: { TagKey: string; TagValue: string }[] };
  TagResources: { TagResource: { ResourceId: string; ResourceType: string }[] };
  KeyId: string;
  KeyVersionId: string;
  Plaintext: string;
  CiphertextBlob: string;
}

export interface KeyMetadata {
  KeyId: string;
  Arn: string;
  Creator: string;
  CreationDate: string;
  DeleteDate: string;
  Description: string;
  KeyState: string;
  AutomaticRotation: string;
  RotationInterval: string;
  DeletionProtection: string;
  DeletionProtectionDescription: string;
}

/** `region` undefined: called as clients with an endpoint setting do; else by the cloud's name, as through the proxy. */
export function kmsClient(
  world: World,
  { accessKeyId, accessKeySecret }: Account,
  region?: string,
  domain = 'aliyuncs.com',
): KmsClient {
  const client = new RPCClient({
    accessKeyId,
    accessKeySecret,
    endpoint: world.endpoint,
    apiVersion: '2016-01-20',
    ...(region !== undefined && { opts: { headers: { host: `kms.${region}.${domain}` } } }),
  });
  return (action, parameters = {}) => client.request(action, parameters, { method: 'POST' });
}

export async function createKey(kms: KmsClient, parameters: Parameters = {}): Promise<KeyMetadata> {
  return (await kms('CreateKey', parameters)).KeyMetadata;
}

export async function describeKey(kms: KmsClient, KeyId: string): Promise<KeyMetadata> {
  return (await kms('DescribeKey', { KeyId })).KeyMetadata;
}

/** The call fails so, and no row is different afterwards. */
export async function refusesKms(
  world: World,
  code: string,
  status: number,
  call: () => Promise<unknown>,
): Promise<void> {
  const before = await allRows(world);
  const refusal = await call().then(
    () => assert.fail(`${code} expected, but the call succeeded`),
    (error: Error & { code?: string; entry?: { response: { statusCode: number } } }) => error,
  );
  assert.equal(refusal.code, code, refusal.message);
  assert.equal(refusal.entry?.response.statusCode, status, refusal.message);
  assert.deepEqual(await allRows(world), before, 'nothing may have changed');
}

/** A key of the account's, Enabled or not. */
export async function makeKey(
  world: World,
  owner: Account,
  { regionId = 'cn-hangzhou', isEnabled = true } = {},
): Promise<string> {
  const kms = kmsClient(world, owner);
  const { KeyId } = await createKey(kms, { RegionId: regionId });
  if (!isEnabled) await kms('DisableKey', { KeyId, RegionId: regionId });
  return KeyId;
}
