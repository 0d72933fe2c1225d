import type { Action } from './action.ts';
import { CreateCommand } from './ecs/commands/CreateCommand.ts';
import { DeleteCommand } from './ecs/commands/DeleteCommand.ts';
import { DescribeCloudAssistantStatus } from './ecs/commands/DescribeCloudAssistantStatus.ts';
import { DescribeCommands } from './ecs/commands/DescribeCommands.ts';
import { DescribeInvocationResults } from './ecs/commands/DescribeInvocationResults.ts';
import { DescribeInvocations } from './ecs/commands/DescribeInvocations.ts';
import { DescribeSendFileResults } from './ecs/commands/DescribeSendFileResults.ts';
import { InvokeCommand } from './ecs/commands/InvokeCommand.ts';
import { ModifyCommand } from './ecs/commands/ModifyCommand.ts';
import { RunCommand } from './ecs/commands/RunCommand.ts';
import { SendFile } from './ecs/commands/SendFile.ts';
import { StopInvocation } from './ecs/commands/StopInvocation.ts';
import { AttachDisk } from './ecs/disks/AttachDisk.ts';
import { CreateDisk } from './ecs/disks/CreateDisk.ts';
import { DeleteDisk } from './ecs/disks/DeleteDisk.ts';
import { DescribeDisks } from './ecs/disks/DescribeDisks.ts';
import { DetachDisk } from './ecs/disks/DetachDisk.ts';
import { ModifyDiskAttribute } from './ecs/disks/ModifyDiskAttribute.ts';
import { ReInitDisk } from './ecs/disks/ReInitDisk.ts';
import { ReplaceSystemDisk } from './ecs/disks/ReplaceSystemDisk.ts';
import { ResetDisk } from './ecs/disks/ResetDisk.ts';
import { ResetDisks } from './ecs/disks/ResetDisks.ts';
import { ResizeDisk } from './ecs/disks/ResizeDisk.ts';
import { AllocateEipAddress } from './ecs/eips/AllocateEipAddress.ts';
import { AssociateEipAddress } from './ecs/eips/AssociateEipAddress.ts';
import { DescribeEipAddresses } from './ecs/eips/DescribeEipAddresses.ts';
import { ModifyEipAddressAttribute } from './ecs/eips/ModifyEipAddressAttribute.ts';
import { ReleaseEipAddress } from './ecs/eips/ReleaseEipAddress.ts';
import { UnassociateEipAddress } from './ecs/eips/UnassociateEipAddress.ts';
import { CancelCopyImage } from './ecs/images/CancelCopyImage.ts';
import { CopyImage } from './ecs/images/CopyImage.ts';
import { CreateImage } from './ecs/images/CreateImage.ts';
import { DeleteImage } from './ecs/images/DeleteImage.ts';
import { DescribeImageFromFamily } from './ecs/images/DescribeImageFromFamily.ts';
import { DescribeImageSharePermission } from './ecs/images/DescribeImageSharePermission.ts';
import { DescribeImageSupportInstanceTypes } from './ecs/images/DescribeImageSupportInstanceTypes.ts';
import { DescribeImages } from './ecs/images/DescribeImages.ts';
import { ImportImage } from './ecs/images/ImportImage.ts';
import { ExportImage } from './ecs/images/ExportImage.ts';
import { ModifyImageAttribute } from './ecs/images/ModifyImageAttribute.ts';
import { ModifyImageSharePermission } from './ecs/images/ModifyImageSharePermission.ts';
import { AllocatePublicIpAddress } from './ecs/instances/AllocatePublicIpAddress.ts';
import { AttachInstanceRamRole } from './ecs/instances/AttachInstanceRamRole.ts';
import { CreateInstance } from './ecs/instances/CreateInstance.ts';
import { DeleteInstance } from './ecs/instances/DeleteInstance.ts';
import { DeleteInstances } from './ecs/instances/DeleteInstances.ts';
import { DescribeInstanceAttachmentAttributes } from './ecs/instances/DescribeInstanceAttachmentAttributes.ts';
import { DescribeInstanceAttribute } from './ecs/instances/DescribeInstanceAttribute.ts';
import { DescribeInstanceVncUrl } from './ecs/instances/DescribeInstanceVncUrl.ts';
import { DescribeInstanceAutoRenewAttribute } from './ecs/instances/DescribeInstanceAutoRenewAttribute.ts';
import { DescribeInstanceMaintenanceAttributes } from './ecs/instances/DescribeInstanceMaintenanceAttributes.ts';
import { DescribeInstanceRamRole } from './ecs/instances/DescribeInstanceRamRole.ts';
import { DescribeInstanceStatus } from './ecs/instances/DescribeInstanceStatus.ts';
import { DescribeInstances } from './ecs/instances/DescribeInstances.ts';
import { DescribeNetworkInterfaceAttribute } from './ecs/instances/DescribeNetworkInterfaceAttribute.ts';
import { DescribeNetworkInterfaces } from './ecs/instances/DescribeNetworkInterfaces.ts';
import { DescribeUserData } from './ecs/instances/DescribeUserData.ts';
import { DetachInstanceRamRole } from './ecs/instances/DetachInstanceRamRole.ts';
import { GetInstanceConsoleOutput } from './ecs/instances/GetInstanceConsoleOutput.ts';
import { GetInstanceScreenshot } from './ecs/instances/GetInstanceScreenshot.ts';
import { ModifyInstanceAttribute } from './ecs/instances/ModifyInstanceAttribute.ts';
import { ModifyInstanceAutoReleaseTime } from './ecs/instances/ModifyInstanceAutoReleaseTime.ts';
import { ModifyInstanceMetadataOptions } from './ecs/instances/ModifyInstanceMetadataOptions.ts';
import { ModifyInstanceNetworkSpec } from './ecs/instances/ModifyInstanceNetworkSpec.ts';
import { ModifyInstanceSpec } from './ecs/instances/ModifyInstanceSpec.ts';
import { ModifyInstanceVncPasswd } from './ecs/instances/ModifyInstanceVncPasswd.ts';
import { ModifyInstanceVpcAttribute } from './ecs/instances/ModifyInstanceVpcAttribute.ts';
import { RebootInstance } from './ecs/instances/RebootInstance.ts';
import { RebootInstances } from './ecs/instances/RebootInstances.ts';
import { RunInstances } from './ecs/instances/RunInstances.ts';
import { StartInstance } from './ecs/instances/StartInstance.ts';
import { StartInstances } from './ecs/instances/StartInstances.ts';
import { StopInstance } from './ecs/instances/StopInstance.ts';
import { StopInstances } from './ecs/instances/StopInstances.ts';
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
import { DescribeAccountAttributes } from './ecs/regions/DescribeAccountAttributes.ts';
import { DescribeAvailableResource } from './ecs/regions/DescribeAvailableResource.ts';
import { DescribeInstanceTypeFamilies } from './ecs/regions/DescribeInstanceTypeFamilies.ts';
import { DescribeInstanceTypes } from './ecs/regions/DescribeInstanceTypes.ts';
import { DescribeRegions } from './ecs/regions/DescribeRegions.ts';
import { DescribeZones } from './ecs/regions/DescribeZones.ts';
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
import { CreateSnapshotGroup } from './ecs/snapshotGroups/CreateSnapshotGroup.ts';
import { DeleteSnapshotGroup } from './ecs/snapshotGroups/DeleteSnapshotGroup.ts';
import { DescribeSnapshotGroups } from './ecs/snapshotGroups/DescribeSnapshotGroups.ts';
import { ModifySnapshotGroup } from './ecs/snapshotGroups/ModifySnapshotGroup.ts';
import { ApplyAutoSnapshotPolicy } from './ecs/snapshotPolicies/ApplyAutoSnapshotPolicy.ts';
import { CancelAutoSnapshotPolicy } from './ecs/snapshotPolicies/CancelAutoSnapshotPolicy.ts';
import { CreateAutoSnapshotPolicy } from './ecs/snapshotPolicies/CreateAutoSnapshotPolicy.ts';
import { DeleteAutoSnapshotPolicy } from './ecs/snapshotPolicies/DeleteAutoSnapshotPolicy.ts';
import { DescribeAutoSnapshotPolicyAssociations } from './ecs/snapshotPolicies/DescribeAutoSnapshotPolicyAssociations.ts';
import { DescribeAutoSnapshotPolicyEx } from './ecs/snapshotPolicies/DescribeAutoSnapshotPolicyEx.ts';
import { ModifyAutoSnapshotPolicyEx } from './ecs/snapshotPolicies/ModifyAutoSnapshotPolicyEx.ts';
import { CopySnapshot } from './ecs/snapshots/CopySnapshot.ts';
import { CreateSnapshot } from './ecs/snapshots/CreateSnapshot.ts';
import { DeleteSnapshot } from './ecs/snapshots/DeleteSnapshot.ts';
import { DescribeLockedSnapshots } from './ecs/snapshots/DescribeLockedSnapshots.ts';
import { DescribeSnapshotLinks } from './ecs/snapshots/DescribeSnapshotLinks.ts';
import { DescribeSnapshots } from './ecs/snapshots/DescribeSnapshots.ts';
import { DescribeSnapshotsUsage } from './ecs/snapshots/DescribeSnapshotsUsage.ts';
import { ExportSnapshot } from './ecs/snapshots/ExportSnapshot.ts';
import { LockSnapshot } from './ecs/snapshots/LockSnapshot.ts';
import { ModifySnapshotAttribute } from './ecs/snapshots/ModifySnapshotAttribute.ts';
import { UnlockSnapshot } from './ecs/snapshots/UnlockSnapshot.ts';
import { AddTags } from './ecs/tags/AddTags.ts';
import { DescribeTags } from './ecs/tags/DescribeTags.ts';
import { ListTagResources } from './ecs/tags/ListTagResources.ts';
import { RemoveTags } from './ecs/tags/RemoveTags.ts';
import { TagResources } from './ecs/tags/TagResources.ts';
import { UntagResources } from './ecs/tags/UntagResources.ts';
import { CancelTask } from './ecs/tasks/CancelTask.ts';
import { DescribeTaskAttribute } from './ecs/tasks/DescribeTaskAttribute.ts';
import { DescribeTasks } from './ecs/tasks/DescribeTasks.ts';
import { cbnActions } from './cbn/index.ts';
import { tongjingActions } from './tongjing/index.ts';
import { kmsActions } from './kms/index.ts';
import { DescribeEndpoints } from './location/endpoints/DescribeEndpoints.ts';
import { ramActions } from './ram/index.ts';
import { AssumeRole } from './sts/identities/AssumeRole.ts';
import { GetCallerIdentity } from './sts/identities/GetCallerIdentity.ts';
import { AllocateEipAddress as AllocateEipAddressOfVpc } from './vpc/eips/AllocateEipAddress.ts';
import { AssociateEipAddress as AssociateEipAddressOfVpc } from './vpc/eips/AssociateEipAddress.ts';
import { DescribeEipAddresses as DescribeEipAddressesOfVpc } from './vpc/eips/DescribeEipAddresses.ts';
import { ModifyEipAddressAttribute as ModifyEipAddressAttributeOfVpc } from './vpc/eips/ModifyEipAddressAttribute.ts';
import { ReleaseEipAddress as ReleaseEipAddressOfVpc } from './vpc/eips/ReleaseEipAddress.ts';
import { UnassociateEipAddress as UnassociateEipAddressOfVpc } from './vpc/eips/UnassociateEipAddress.ts';
import { CreateRouteEntry } from './vpc/routeTables/CreateRouteEntry.ts';
import { DeleteRouteEntry } from './vpc/routeTables/DeleteRouteEntry.ts';
import { DescribeRouteEntryList } from './vpc/routeTables/DescribeRouteEntryList.ts';
import { DescribeRouteTableList } from './vpc/routeTables/DescribeRouteTableList.ts';
import { DescribeGrantRulesToCen } from './vpc/cens/DescribeGrantRulesToCen.ts';
import { GrantInstanceToCen } from './vpc/cens/GrantInstanceToCen.ts';
import { RevokeInstanceFromCen } from './vpc/cens/RevokeInstanceFromCen.ts';
import { ListTagResources as ListTagResourcesOfVpc } from './vpc/tags/ListTagResources.ts';
import { TagResources as TagResourcesOfVpc } from './vpc/tags/TagResources.ts';
import { UnTagResources } from './vpc/tags/UnTagResources.ts';
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
import { vpcPeerActions } from './vpcpeer/index.ts';

/** THE table, by product and name (those of KMS, RAM and the like in their folders): every action that is built. What the SDKs know beyond it answers 4xx, by name. */
export const actions: readonly Action[] = [
  ...cbnActions,
  AddTags,
  AllocateEipAddress,
  AllocatePublicIpAddress,
  ApplyAutoSnapshotPolicy,
  AssociateEipAddress,
  AttachDisk,
  AttachInstanceRamRole,
  AttachKeyPair,
  AuthorizeSecurityGroup,
  AuthorizeSecurityGroupEgress,
  CancelAutoSnapshotPolicy,
  CancelCopyImage,
  CancelTask,
  CopyImage,
  CopySnapshot,
  CreateAutoSnapshotPolicy,
  CreateCommand,
  CreateDisk,
  CreateImage,
  CreateInstance,
  CreateKeyPair,
  CreateSecurityGroup,
  CreateSnapshot,
  CreateSnapshotGroup,
  CreateVSwitch,
  CreateVpc,
  DeleteAutoSnapshotPolicy,
  DeleteCommand,
  DeleteDisk,
  DeleteImage,
  DeleteInstance,
  DeleteInstances,
  DeleteKeyPairs,
  DeleteSecurityGroup,
  DeleteSnapshot,
  DeleteSnapshotGroup,
  DeleteVSwitch,
  DeleteVpc,
  DescribeAccountAttributes,
  DescribeAutoSnapshotPolicyAssociations,
  DescribeAutoSnapshotPolicyEx,
  DescribeAvailableResource,
  DescribeCloudAssistantStatus,
  DescribeCommands,
  DescribeDisks,
  DescribeEipAddresses,
  DescribeImageFromFamily,
  DescribeImageSharePermission,
  DescribeImageSupportInstanceTypes,
  DescribeImages,
  DescribeInstanceAttachmentAttributes,
  DescribeInstanceAttribute,
  DescribeInstanceAutoRenewAttribute,
  DescribeInstanceMaintenanceAttributes,
  DescribeInstanceRamRole,
  DescribeInstanceStatus,
  DescribeInstanceTypeFamilies,
  DescribeInstanceTypes,
  DescribeInstanceVncUrl,
  DescribeInstances,
  DescribeInvocationResults,
  DescribeInvocations,
  DescribeKeyPairs,
  DescribeLockedSnapshots,
  DescribeNetworkInterfaceAttribute,
  DescribeNetworkInterfaces,
  DescribeRegions,
  DescribeSecurityGroupAttribute,
  DescribeSecurityGroups,
  DescribeSendFileResults,
  DescribeSnapshotGroups,
  DescribeSnapshotLinks,
  DescribeSnapshots,
  DescribeSnapshotsUsage,
  DescribeTags,
  DescribeTaskAttribute,
  DescribeTasks,
  DescribeUserData,
  DescribeVSwitches,
  DescribeVpcs,
  DescribeZones,
  DetachDisk,
  DetachInstanceRamRole,
  DetachKeyPair,
  ExportImage,
  ExportSnapshot,
  GetInstanceConsoleOutput,
  GetInstanceScreenshot,
  ImportImage,
  ImportKeyPair,
  InvokeCommand,
  JoinSecurityGroup,
  LeaveSecurityGroup,
  ListTagResources,
  LockSnapshot,
  ModifyAutoSnapshotPolicyEx,
  ModifyCommand,
  ModifyDiskAttribute,
  ModifyEipAddressAttribute,
  ModifyImageAttribute,
  ModifyImageSharePermission,
  ModifyInstanceAttribute,
  ModifyInstanceAutoReleaseTime,
  ModifyInstanceMetadataOptions,
  ModifyInstanceNetworkSpec,
  ModifyInstanceSpec,
  ModifyInstanceVncPasswd,
  ModifyInstanceVpcAttribute,
  ModifySecurityGroupAttribute,
  ModifySecurityGroupEgressRule,
  ModifySecurityGroupPolicy,
  ModifySecurityGroupRule,
  ModifySnapshotAttribute,
  ModifySnapshotGroup,
  ModifyVSwitchAttribute,
  ModifyVpcAttribute,
  ReInitDisk,
  RebootInstance,
  RebootInstances,
  ReleaseEipAddress,
  RemoveTags,
  ReplaceSystemDisk,
  ResetDisk,
  ResetDisks,
  ResizeDisk,
  RevokeSecurityGroup,
  RevokeSecurityGroupEgress,
  RunCommand,
  RunInstances,
  SendFile,
  StartInstance,
  StartInstances,
  StopInstance,
  StopInstances,
  StopInvocation,
  TagResources,
  UnassociateEipAddress,
  UnlockSnapshot,
  UntagResources,
  ...kmsActions,
  DescribeEndpoints,
  ...ramActions,
  AssumeRole,
  GetCallerIdentity,
  ...tongjingActions,
  AllocateEipAddressOfVpc,
  AssociateEipAddressOfVpc,
  CreateRouteEntry,
  CreateVSwitchOfVpc,
  CreateVpcOfVpc,
  DeleteRouteEntry,
  DeleteVSwitchOfVpc,
  DeleteVpcOfVpc,
  DescribeEipAddressesOfVpc,
  DescribeGrantRulesToCen,
  DescribeRouteEntryList,
  DescribeRouteTableList,
  DescribeVSwitchAttributes,
  DescribeVSwitchesOfVpc,
  DescribeVpcAttribute,
  DescribeVpcsOfVpc,
  GrantInstanceToCen,
  ListTagResourcesOfVpc,
  ModifyEipAddressAttributeOfVpc,
  ModifyVSwitchAttributeOfVpc,
  ModifyVpcAttributeOfVpc,
  ReleaseEipAddressOfVpc,
  RevokeInstanceFromCen,
  TagResourcesOfVpc,
  UnTagResources,
  UnassociateEipAddressOfVpc,
  ...vpcPeerActions,
];
