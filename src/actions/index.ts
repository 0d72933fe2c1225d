import type { Action } from './action.ts';
import { CreateVSwitch } from './ecs/networks/CreateVSwitch.ts';
import { CreateVpc } from './ecs/networks/CreateVpc.ts';
import { DeleteVSwitch } from './ecs/networks/DeleteVSwitch.ts';
import { DeleteVpc } from './ecs/networks/DeleteVpc.ts';
import { DescribeVSwitches } from './ecs/networks/DescribeVSwitches.ts';
import { DescribeVpcs } from './ecs/networks/DescribeVpcs.ts';
import { ModifyVSwitchAttribute } from './ecs/networks/ModifyVSwitchAttribute.ts';
import { ModifyVpcAttribute } from './ecs/networks/ModifyVpcAttribute.ts';
import { DescribeRegions } from './ecs/regions/DescribeRegions.ts';
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
  CreateVSwitch,
  CreateVpc,
  DeleteVSwitch,
  DeleteVpc,
  DescribeRegions,
  DescribeVSwitches,
  DescribeVpcs,
  ModifyVSwitchAttribute,
  ModifyVpcAttribute,
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
