import { changeBucket, type BucketRow, type ObjectAcl } from '../../records/tables/buckets.ts';
import { changeObject } from '../../records/tables/objects.ts';
import { checkPolicy } from '../access.ts';
import { readXmlBody } from '../body.ts';
import { objectFault, type FaultCode } from '../faults.ts';
import { aclOf, checkTags } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectAnswer, ObjectCall } from '../parts.ts';
import { corsXml, parseCors } from '../cors.ts';
import { lifecycleXml, parseLifecycle } from '../lifecycle.ts';
import { settingsOf, type BucketSettings } from '../settings.ts';
import { elementsIn, parseXml, textIn, xmlAnswer, type XmlElement } from '../xml.ts';
import { readable } from './objects.ts';

async function change(call: ObjectCall, bucket: BucketRow, settings: Partial<BucketSettings>): Promise<void> {
  const next = JSON.stringify({ ...settingsOf(bucket), ...settings });
  await call.parts.database.write((tx) => changeBucket(tx, bucket.name, { settings: next }));
}

/** One setting of a bucket: shown, put and deleted under the parameter `name`. */
function setting<K extends keyof BucketSettings>(
  name: string,
  key: K,
  noun: string,
  of: {
    missing: FaultCode;
    show: (value: NonNullable<BucketSettings[K]>, call: ObjectCall) => ObjectAnswer;
    parse: (text: string) => NonNullable<BucketSettings[K]>;
  },
): Operation[] {
  const place = { on: 'bucket', with: [name], right: 'owner' } as const;
  return [
    {
      ...place,
      action: `GetBucket${noun}`,
      method: 'GET',
      async run(call, bucket) {
        const value = settingsOf(bucket)[key];
        if (value === undefined) throw objectFault(of.missing);
        return of.show(value!, call);
      },
    },
    {
      ...place,
      action: `PutBucket${noun}`,
      method: 'PUT',
      async run(call, bucket) {
        await change(call, bucket, { [key]: of.parse(await readXmlBody(call)) });
        return { status: 200 };
      },
    },
    {
      ...place,
      action: `DeleteBucket${noun}`,
      method: 'DELETE',
      async run(call, bucket) {
        await change(call, bucket, { [key]: undefined });
        return { status: 204 };
      },
    },
  ];
}

const tagSet = (tags: readonly (readonly [string, string])[]) => ({
  TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) },
});

function parseTags(text: string): [string, string][] {
  const sets: XmlElement[] = elementsIn(parseXml(text, 'Tagging'), 'TagSet');
  return sets
    .flatMap((set) => elementsIn(set, 'Tag'))
    .map((tag) => [textIn(tag, 'Key') ?? '', textIn(tag, 'Value') ?? '']);
}

export const bucketSettings: readonly Operation[] = [
  ...setting('cors', 'cors', 'Cors', {
    missing: 'NoSuchCORSConfiguration',
    show: (rules, { dialect }) => xmlAnswer(dialect, 'CORSConfiguration', corsXml(rules)),
    parse: parseCors,
  }),
  ...setting('lifecycle', 'lifecycle', 'Lifecycle', {
    missing: 'NoSuchLifecycle',
    show: (rules, { dialect }) => xmlAnswer(dialect, 'LifecycleConfiguration', lifecycleXml(rules)),
    parse: parseLifecycle,
  }),
  ...setting('policy', 'policy', 'Policy', {
    missing: 'NoSuchBucketPolicy',
    show: (policy) => ({ status: 200, headers: { 'content-type': 'application/json' }, body: policy }),
    parse(text) {
      checkPolicy(text);
      return text;
    },
  }),
  ...setting('tagging', 'tags', 'Tagging', {
    missing: 'NoSuchTagSet',
    show: (tags, { dialect }) => xmlAnswer(dialect, 'Tagging', tagSet(tags)),
    parse: parseTags,
  }),
];

/** OSS says it in a word, S3 in grants. */
function aclAnswer({ dialect }: ObjectCall, accountId: string, acl: ObjectAcl): ObjectAnswer {
  const owner = { ID: accountId, DisplayName: accountId };
  if (dialect === 'oss')
    return xmlAnswer(dialect, 'AccessControlPolicy', { Owner: owner, AccessControlList: { Grant: acl } });
  const toAll = { 'public-read': ['READ'], 'public-read-write': ['READ', 'WRITE'], private: [], default: [] }[acl];
  const grants = [
    `<Grant>${grantee('CanonicalUser', `<ID>${accountId}</ID>`)}<Permission>FULL_CONTROL</Permission></Grant>`,
    ...toAll.map((right) => `<Grant>${grantee('Group', ALL_USERS)}<Permission>${right}</Permission></Grant>`),
  ];
  const answer = xmlAnswer(dialect, 'AccessControlPolicy', { Owner: owner, AccessControlList: '' });
  return {
    ...answer,
    body: (answer.body as string).replace('<AccessControlList>', `<AccessControlList>${grants.join('')}`),
  };
}

const ALL_USERS = '<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>';
const grantee = (type: string, of: string) =>
  `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${of}</Grantee>`;

export const getBucketAcl: Operation = {
  action: 'GetBucketAcl',
  method: 'GET',
  on: 'bucket',
  with: ['acl'],
  right: 'owner',
  run: async (call, { accountId, acl }) => aclAnswer(call, accountId, acl),
};

export const putBucketAcl: Operation = {
  action: 'PutBucketAcl',
  method: 'PUT',
  on: 'bucket',
  with: ['acl'],
  right: 'owner',
  async run(call, { name }) {
    const acl = aclOf(call, 'default');
    if (acl === 'default')
      throw objectFault('InvalidArgument', 'A bucket is private, public-read or public-read-write.');
    await call.parts.database.write((tx) => changeBucket(tx, name, { acl }));
    return { status: 200 };
  },
};

export const objectSettings: readonly Operation[] = [
  {
    action: 'GetObjectAcl',
    method: 'GET',
    on: 'object',
    with: ['acl'],
    right: 'owner',
    async run(call, bucket) {
      const { acl } = await readable(call, bucket);
      return aclAnswer(call, bucket.accountId, acl);
    },
  },
  {
    action: 'PutObjectAcl',
    method: 'PUT',
    on: 'object',
    with: ['acl'],
    right: 'owner',
    async run(call, bucket) {
      const row = await readable(call, bucket);
      const acl = aclOf(call, 'default');
      await call.parts.database.write((tx) => changeObject(tx, row, { acl }));
      return { status: 200 };
    },
  },
  {
    action: 'GetObjectTagging',
    method: 'GET',
    on: 'object',
    with: ['tagging'],
    right: 'owner',
    async run(call, bucket) {
      const tags = JSON.parse((await readable(call, bucket)).tags) as [string, string][];
      return xmlAnswer(call.dialect, 'Tagging', tagSet(tags));
    },
  },
  ...(['PUT', 'DELETE'] as const).map((method): Operation => ({
    action: `${method === 'PUT' ? 'Put' : 'Delete'}ObjectTagging`,
    method,
    on: 'object',
    with: ['tagging'],
    right: 'owner',
    async run(call, bucket) {
      const row = await readable(call, bucket);
      const tags = method === 'PUT' ? parseTags(await readXmlBody(call)) : [];
      checkTags(tags);
      await call.parts.database.write((tx) => changeObject(tx, row, { tags: JSON.stringify(tags) }));
      return { status: method === 'PUT' ? 200 : 204 };
    },
  })),
];
