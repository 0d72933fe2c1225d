import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import type { Coverage, Provoke } from './coverage.ts';

type Wish = NonNullable<ConstructorParameters<typeof sdk.ModifySnapshotAttributeRequest>[0]>;

const modify = (party: Party, snapshotId: string, wish: Wish) => () =>
  party.ecs.modifySnapshotAttribute(new sdk.ModifySnapshotAttributeRequest({ snapshotId, ...wish }));

const wished =
  (wish: Wish): Provoke =>
  async ({ world, alice }) =>
    modify(alice, await world.snapshot(alice), wish);

export const ModifySnapshotAttribute: Coverage = {
  provoked: {
    'InvalidDescription.Malformed': wished({ description: 'x' }),
    'InvalidSnapshotId.NotFound': async ({ world, alice, bob }) =>
      modify(alice, await world.snapshot(bob), { description: 'mine' }),
    'InvalidSnapshotName.Malformed': wished({ snapshotName: 'auto' }),
    NoAttributeToModify: wished({}),
  },
  otherwise: {},
  notHere: {},
};
