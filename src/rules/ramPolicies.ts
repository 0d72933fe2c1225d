/** RAM's policies: the system's own, what they allow, and who may assume a role. */

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | readonly string[];
  Resource: string | readonly string[];
}

export interface Policy {
  name: string;
  description: string;
  statements: readonly Statement[];
}

const allow = (...actions: string[]): Statement[] => [{ Effect: 'Allow', Action: actions, Resource: '*' }];

/**
 * The system policies that the roles of this service's clients have. Source: the vendor's pages on the image import and export roles; of
 * the `FullAccess` ones only what concerns the product itself.
 */
export const systemPolicies: readonly Policy[] = [
  { name: 'AdministratorAccess', description: 'Everything.', statements: allow('*') },
  { name: 'AliyunECSFullAccess', description: 'Everything of ECS.', statements: allow('ecs:*') },
  {
    name: 'AliyunECSImageExportRolePolicy',
    description: 'What ECS needs to export images into buckets.',
    statements: allow(
      'oss:GetObject',
      'oss:PutObject',
      'oss:DeleteObject',
      'oss:GetBucketLocation',
      'oss:GetBucketInfo',
      'oss:AbortMultipartUpload',
      'oss:ListMultipartUploads',
      'oss:ListParts',
    ),
  },
  {
    name: 'AliyunECSImageImportRolePolicy',
    description: 'What ECS needs to import images from buckets.',
    statements: allow('oss:GetObject', 'oss:GetBucketLocation', 'oss:GetBucketInfo'),
  },
  {
    name: 'AliyunECSReadOnlyAccess',
    description: 'Looking at ECS.',
    statements: allow('ecs:Describe*', 'ecs:List*'),
  },
  { name: 'AliyunKMSFullAccess', description: 'Everything of KMS.', statements: allow('kms:*') },
  { name: 'AliyunOSSFullAccess', description: 'Everything of OSS.', statements: allow('oss:*') },
  { name: 'AliyunOSSReadOnlyAccess', description: 'Reading OSS.', statements: allow('oss:Get*', 'oss:List*') },
  { name: 'AliyunRAMFullAccess', description: 'Everything of RAM.', statements: allow('ram:*') },
  { name: 'AliyunSTSAssumeRoleAccess', description: 'Assuming roles.', statements: allow('sts:AssumeRole') },
  { name: 'AliyunVPCFullAccess', description: 'Everything of VPC.', statements: allow('vpc:*') },
];

export const findSystemPolicy = (name: string): Policy | undefined =>
  systemPolicies.find((policy) => policy.name === name);

export const policyDocument = ({ statements }: Policy): string =>
  JSON.stringify({ Version: '1', Statement: statements }, null, 2);

/** Whether one of the system policies of these names allows an action on everything. */
export const policiesAllow = (names: readonly string[], action: string): boolean =>
  names.some((name) =>
    findSystemPolicy(name)?.statements.some(({ Action }) => [Action].flat().some((pattern) => covers(pattern, action))),
  );

/** `oss:Get*` covers `oss:GetObject`. */
const covers = (pattern: string, action: string): boolean =>
  pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;

/** Who may assume a role. */
export interface Trust {
  /** `ecs.aliyuncs.com` … */
  services: readonly string[];
  /** ARNs: `acs:ram::1234567890123456:root` … */
  principals: readonly string[];
}

const PRINCIPALS = new Set(['RAM', 'Service', 'Federated']);

/** Reads a role's trust policy; a text says what is wrong with it. */
export function readTrust(text: string): Trust | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'The policy document is no JSON.';
  }
  if (!isRecord(document) || document['Version'] !== '1') return 'The Version of the policy document must be "1".';
  const statements = document['Statement'];
  if (!Array.isArray(statements) || statements.length === 0) return 'The policy document needs a Statement.';
  const trust = { services: [] as string[], principals: [] as string[] };
  for (const statement of statements as unknown[]) {
    if (!isRecord(statement)) return 'A Statement must be an object.';
    if (statement['Effect'] !== 'Allow') return 'The Effect of a Statement must be "Allow".';
    if (!textsOf(statement['Action'])?.includes('sts:AssumeRole')) return 'The Action must be "sts:AssumeRole".';
    const principal = statement['Principal'];
    if (!isRecord(principal) || Object.keys(principal).length === 0) return 'A Statement needs a Principal.';
    for (const [kind, value] of Object.entries(principal)) {
      const names = textsOf(value);
      if (!PRINCIPALS.has(kind) || !names || names.length === 0) return `The Principal "${kind}" is not valid.`;
      if (kind === 'Service') trust.services.push(...names);
      if (kind === 'RAM') trust.principals.push(...names);
    }
  }
  return trust;
}

/** Whether ECS may assume a role of this trust policy. */
export function trustsEcs(trustPolicy: string): boolean {
  const trust = readTrust(trustPolicy);
  return typeof trust !== 'string' && trust.services.includes('ecs.aliyuncs.com');
}

/** Whether the account itself may assume a role of this trust policy. */
export function trustsAccount(trustPolicy: string, accountId: string): boolean {
  const trust = readTrust(trustPolicy);
  return typeof trust !== 'string' && trust.principals.includes(`acs:ram::${accountId}:root`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textsOf(value: unknown): string[] | null {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === 'string') ? list : null;
}

export const isRoleName = (name: string): boolean => /^[A-Za-z0-9.@-]+$/.test(name);
export const isPolicyName = (name: string): boolean => /^[A-Za-z0-9-]+$/.test(name);
export const LONGEST_ROLE_NAME = 64;
export const LONGEST_POLICY_NAME = 128;
export const LONGEST_DESCRIPTION = 1024;
/** Bytes of a trust policy. */
export const LARGEST_TRUST_POLICY = 2048;
export const SHORTEST_SESSION_S = 3600;
export const LONGEST_SESSION_S = 43_200;
