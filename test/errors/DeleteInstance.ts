import sdk from '@alicloud/ecs20140526';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { Party } from '../wire/imageWorld.ts';
import { why, type Coverage, type Provoke } from './coverage.ts';

const remove = (party: Party, instanceId: string) => () =>
  party.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId }));

const ofInstance =
  (row: Partial<InstanceRow>): Provoke =>
  async ({ world, alice }) =>
    remove(alice, (await world.instance(alice, row)).id);

export const DeleteInstance: Coverage = {
  provoked: {
    IncorrectInstanceStatus: ofInstance({ status: 'Running' }),
    'IncorrectInstanceStatus.Initializing': ofInstance({ status: 'Pending' }),
    'InvalidInstanceId.NotFound': async ({ world, alice, bob }) => remove(alice, (await world.instance(bob)).id),
    'InvalidOperation.DeletionProtection': ofInstance({ status: 'Stopped', deletionProtection: 1 }),
  },
  otherwise: {
    InvalidParameter: why.missing,
  },
  notHere: {
    ChargeTypeViolation: why.billing,
    'DependencyViolation.RouteEntry': 'Route tables have no entries for instances.',
    'DependencyViolation.SLBConfiguring': 'There are no load balancers.',
    InstanceLockedForSecurity: why.locks,
    InternalError: why.fault,
    'InvalidOperation.EniLinked': 'An instance has one network interface, which goes with it.',
    'InvalidOperation.NotInWhiteList': why.whiteList,
    'OperationDenied.SystemInstanceNotSupport': 'No instance belongs to the cloud itself.',
  },
};
