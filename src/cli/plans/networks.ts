import type { Parameters } from '../service.ts';
import { unlessGone } from './party.ts';
import type { Results, Step } from './plan.ts';
import type { Place } from './steps.ts';

/** A vSwitch with a security group of its VPC. */
export interface Network {
  vSwitchId: string;
  securityGroupId: string;
}

interface VSwitches {
  VSwitches: { VSwitch: { VSwitchId: string; VpcId: string }[] };
}

interface SecurityGroups {
  SecurityGroups: { SecurityGroup: { SecurityGroupId: string; VpcId: string }[] };
}

/** One that the account has there; null: none. */
export async function findNetwork({ party, regionId }: Place): Promise<Network | null> {
  const page = { RegionId: regionId, PageSize: 50 };
  const { VSwitches: switches } = await party.call<VSwitches>('DescribeVSwitches', page);
  const { SecurityGroups: groups } = await party.call<SecurityGroups>('DescribeSecurityGroups', page);
  for (const { VSwitchId, VpcId } of switches.VSwitch) {
    const group = groups.SecurityGroup.find((one) => one.VpcId === VpcId);
    if (group) return { vSwitchId: VSwitchId, securityGroupId: group.SecurityGroupId };
  }
  return null;
}

/** A VPC, a vSwitch and a security group, for an account that has none there. */
export function makeNetwork({ party, regionId: RegionId }: Place): Step[] {
  const vpcOf = (results: Results) => results['vpc']!['vpcId']!;
  return [
    {
      name: 'vpc',
      title: `Make a VPC in ${RegionId}: account ${party.accountId} has none to use there`,
      async begin({ token }) {
        const asked = { RegionId, CidrBlock: '172.16.0.0/16', ClientToken: token };
        const { VpcId } = await party.call<{ VpcId: string }>('CreateVpc', asked);
        return { vpcId: VpcId };
      },
      undo: ({ vpcId }) => unlessGone(party.call('DeleteVpc', { RegionId, VpcId: vpcId })),
    },
    {
      name: 'vSwitch',
      title: 'Make a vSwitch in it',
      async begin({ results, token }) {
        const found = await party.call<{ Zones: { Zone: { ZoneId: string }[] } }>('DescribeZones', {
          RegionId,
          Verbose: false,
        });
        const { VSwitchId } = await party.call<{ VSwitchId: string }>('CreateVSwitch', {
          RegionId,
          VpcId: vpcOf(results),
          ZoneId: found.Zones.Zone[0]!.ZoneId,
          CidrBlock: '172.16.1.0/24',
          ClientToken: token,
        });
        return { vSwitchId: VSwitchId };
      },
      undo: ({ vSwitchId }) => unlessGone(party.call('DeleteVSwitch', { RegionId, VSwitchId: vSwitchId })),
    },
    {
      name: 'securityGroup',
      title: 'Make a security group in it',
      async begin({ results, token }) {
        const asked = { RegionId, VpcId: vpcOf(results), ClientToken: token };
        const { SecurityGroupId } = await party.call<{ SecurityGroupId: string }>('CreateSecurityGroup', asked);
        return { securityGroupId: SecurityGroupId };
      },
      undo: ({ securityGroupId }) =>
        unlessGone(party.call('DeleteSecurityGroup', { RegionId, SecurityGroupId: securityGroupId })),
    },
  ];
}

/** The parameters of a launch: in the network that there was, else in the one that the plan made. */
export const networkOf = (network: Network | null, results: Results): Parameters => ({
  VSwitchId: network?.vSwitchId ?? results['vSwitch']!['vSwitchId'],
  SecurityGroupId: network?.securityGroupId ?? results['securityGroup']!['securityGroupId'],
});
