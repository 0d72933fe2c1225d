import type { Action } from '../action.ts';
import { AttachPolicyToRole } from './policies/AttachPolicyToRole.ts';
import { DetachPolicyFromRole } from './policies/DetachPolicyFromRole.ts';
import { GetPolicy } from './policies/GetPolicy.ts';
import { ListPolicies } from './policies/ListPolicies.ts';
import { ListPoliciesForRole } from './policies/ListPoliciesForRole.ts';
import { CreateRole } from './roles/CreateRole.ts';
import { DeleteRole } from './roles/DeleteRole.ts';
import { GetRole } from './roles/GetRole.ts';
import { ListRoles } from './roles/ListRoles.ts';
import { UpdateRole } from './roles/UpdateRole.ts';
import { ListTagResources } from './tags/ListTagResources.ts';
import { TagResources } from './tags/TagResources.ts';
import { UntagResources } from './tags/UntagResources.ts';

/** The table's part for RAM. */
export const ramActions: readonly Action[] = [
  AttachPolicyToRole,
  CreateRole,
  DeleteRole,
  DetachPolicyFromRole,
  GetPolicy,
  GetRole,
  ListPolicies,
  ListPoliciesForRole,
  ListRoles,
  ListTagResources,
  TagResources,
  UntagResources,
  UpdateRole,
];
