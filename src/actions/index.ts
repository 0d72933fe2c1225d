import type { Action } from './action.ts';
import { CancelCopyImage } from './ecs/images/CancelCopyImage.ts';
import { CopyImage } from './ecs/images/CopyImage.ts';
import { CreateImage } from './ecs/images/CreateImage.ts';
import { DeleteImage } from './ecs/images/DeleteImage.ts';
import { DescribeImageFromFamily } from './ecs/images/DescribeImageFromFamily.ts';
import { DescribeImageSharePermission } from './ecs/images/DescribeImageSharePermission.ts';
import { DescribeImages } from './ecs/images/DescribeImages.ts';
import { ModifyImageAttribute } from './ecs/images/ModifyImageAttribute.ts';
import { ModifyImageSharePermission } from './ecs/images/ModifyImageSharePermission.ts';
import { AttachKeyPair } from './ecs/keyPairs/AttachKeyPair.ts';
import { CreateKeyPair } from './ecs/keyPairs/CreateKeyPair.ts';
import { DeleteKeyPairs } from './ecs/keyPairs/DeleteKeyPairs.ts';
import { DescribeKeyPairs } from './ecs/keyPairs/DescribeKeyPairs.ts';
import { DetachKeyPair } from './ecs/keyPairs/DetachKeyPair.ts';
import { ImportKeyPair } from './ecs/keyPairs/ImportKeyPair.ts';
import { CreateVSwitch } from './ecs/networks/CreateVSwitch.ts';
import { CreateVpc } from './ecs/networks/CreateVpc.ts';
import { DeleteVSwitch } from './ecs/networks/DeleteVSwitch.ts';
import { DeleteVpc } from './ecs/networks/DeleteVpc.ts';
import { DescribeVSwitches } from './ecs/networks/DescribeVSwitches.ts';
import { DescribeVpcs } from './ecs/networks/DescribeVpcs.ts';
import { ModifyVSwitchAttribute } from './ecs/networks/ModifyVSwitchAttribute.ts';
import { ModifyVpcAttribute } from './ecs/networks/ModifyVpcAttribute.ts';
import { DescribeRegions } from './ecs/regions/DescribeRegions.ts';
import { AuthorizeSecurityGroup } from './ecs/securityGroups/AuthorizeSecurityGroup.ts';
import { AuthorizeSecurityGroupEgress } from './ecs/securityGroups/AuthorizeSecurityGroupEgress.ts';
import { CreateSecurityGroup } from './ecs/securityGroups/CreateSecurityGroup.ts';
import { DeleteSecurityGroup } from './ecs/securityGroups/DeleteSecurityGroup.ts';
import { DescribeSecurityGroupAttribute } from './ecs/securityGroups/DescribeSecurityGroupAttribute.ts';
import { DescribeSecurityGroups } from './ecs/securityGroups/DescribeSecurityGroups.ts';
import { JoinSecurityGroup } from './ecs/securityGroups/JoinSecurityGroup.ts';
import { LeaveSecurityGroup } from './ecs/securityGroups/LeaveSecurityGroup.ts';
import { ModifySecurityGroupAttribute } from './ecs/securityGroups/ModifySecurityGroupAttribute.ts';
import { ModifySecurityGroupEgressRule } from './ecs/securityGroups/ModifySecurityGroupEgressRule.ts';
import { ModifySecurityGroupPolicy } from './ecs/securityGroups/ModifySecurityGroupPolicy.ts';
import { ModifySecurityGroupRule } from './ecs/securityGroups/ModifySecurityGroupRule.ts';
import { RevokeSecurityGroup } from './ecs/securityGroups/RevokeSecurityGroup.ts';
import { RevokeSecurityGroupEgress } from './ecs/securityGroups/RevokeSecurityGroupEgress.ts';
import { CreateSnapshot } from './ecs/snapshots/CreateSnapshot.ts';
import { DeleteSnapshot } from './ecs/snapshots/DeleteSnapshot.ts';
import { DescribeSnapshots } from './ecs/snapshots/DescribeSnapshots.ts';
import { ModifySnapshotAttribute } from './ecs/snapshots/ModifySnapshotAttribute.ts';
import { AddTags } from './ecs/tags/AddTags.ts';
import { DescribeTags } from './ecs/tags/DescribeTags.ts';
import { ListTagResources } from './ecs/tags/ListTagResources.ts';
import { RemoveTags } from './ecs/tags/RemoveTags.ts';
import { TagResources } from './ecs/tags/TagResources.ts';
import { UntagResources } from './ecs/tags/UntagResources.ts';
import { CancelTask } from './ecs/tasks/CancelTask.ts';
import { DescribeTaskAttribute } from './ecs/tasks/DescribeTaskAttribute.ts';
import { DescribeTasks } from './ecs/tasks/DescribeTasks.ts';
import { DescribeEndpoints } from './location/DescribeEndpoints.ts';
import { AssumeRole } from './sts/AssumeRole.ts';
import { GetCallerIdentity } from './sts/GetCallerIdentity.ts';
import { DescribeRouteTableList } from './vpc/routeTables/DescribeRouteTableList.ts';
import { CreateVSwitch as CreateVSwitchOfVpc } from './vpc/vSwitches/CreateVSwitch.ts';
import { DeleteVSwitch as DeleteVSwitchOfVpc } from './vpc/vSwitches/DeleteVSwitch.ts';
import { DescribeVSwitchAttributes } from './vpc/vSwitches/DescribeVSwitchAttributes.ts';
import { DescribeVSwitches as DescribeVSwitchesOfVpc } from './vpc/vSwitches/DescribeVSwitches.ts';
import { ModifyVSwitchAttribute as ModifyVSwitchAttributeOfVpc } from './vpc/vSwitches/ModifyVSwitchAttribute.ts';
import { CreateVpc as CreateVpcOfVpc } from './vpc/vpcs/CreateVpc.ts';
import { DeleteVpc as DeleteVpcOfVpc } from './vpc/vpcs/DeleteVpc.ts';
import { DescribeVpcAttribute } from './vpc/vpcs/DescribeVpcAttribute.ts';
import { DescribeVpcs as DescribeVpcsOfVpc } from './vpc/vpcs/DescribeVpcs.ts';
import { ModifyVpcAttribute as ModifyVpcAttributeOfVpc } from './vpc/vpcs/ModifyVpcAttribute.ts';

/** THE table, by product and name: every action that is built. What the SDKs know beyond it answers 4xx, by name. */
export const actions: readonly Action[] = [
  AddTags,
  AttachKeyPair,
  AuthorizeSecurityGroup,
  AuthorizeSecurityGroupEgress,
  CancelCopyImage,
  CancelTask,
  CopyImage,
  CreateImage,
  CreateKeyPair,
  CreateSecurityGroup,
  CreateSnapshot,
  CreateVSwitch,
  CreateVpc,
  DeleteImage,
  DeleteKeyPairs,
  DeleteSecurityGroup,
  DeleteSnapshot,
  DeleteVSwitch,
  DeleteVpc,
  DescribeImageFromFamily,
  DescribeImageSharePermission,
  DescribeImages,
  DescribeKeyPairs,
  DescribeRegions,
  DescribeSecurityGroupAttribute,
  DescribeSecurityGroups,
  DescribeSnapshots,
  DescribeTags,
  DescribeTaskAttribute,
  DescribeTasks,
  DescribeVSwitches,
  DescribeVpcs,
  DetachKeyPair,
  ImportKeyPair,
  JoinSecurityGroup,
  LeaveSecurityGroup,
  ListTagResources,
  ModifyImageAttribute,
  ModifyImageSharePermission,
  ModifySecurityGroupAttribute,
  ModifySecurityGroupEgressRule,
  ModifySecurityGroupPolicy,
  ModifySecurityGroupRule,
  ModifySnapshotAttribute,
  ModifyVSwitchAttribute,
  ModifyVpcAttribute,
  RemoveTags,
  RevokeSecurityGroup,
  RevokeSecurityGroupEgress,
  TagResources,
  UntagResources,
  DescribeEndpoints,
  AssumeRole,
  GetCallerIdentity,
  CreateVSwitchOfVpc,
  CreateVpcOfVpc,
  DeleteVSwitchOfVpc,
  DeleteVpcOfVpc,
  DescribeRouteTableList,
  DescribeVSwitchAttributes,
  DescribeVSwitchesOfVpc,
  DescribeVpcAttribute,
  DescribeVpcsOfVpc,
  ModifyVSwitchAttributeOfVpc,
  ModifyVpcAttributeOfVpc,
];
