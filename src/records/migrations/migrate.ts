import { Migrator, type Kysely, type Migration } from 'kysely';
import { WorldFault } from '../../base/worldFault.ts';
import type { Schema } from '../schema.ts';
import { firstTables } from './001-firstTables.ts';
import { accountQuotas } from './002-accountQuotas.ts';
import { kmsKeys } from './003-kmsKeys.ts';
import { catalogue } from './004-catalogue.ts';
import { autoSnapshotPolicies } from './005-autoSnapshotPolicies.ts';
import { snapshotGroups } from './006-snapshotGroups.ts';
import { tickets } from './007-tickets.ts';
import { metering } from './009-metering.ts';
import { snapshotLocks } from './011-snapshotLocks.ts';
import { objects } from './013-objects.ts';
import { baseKeys } from './020-baseKeys.ts';
import { imageExtensions } from './022-imageExtensions.ts';
import { metadataHops } from './042-metadataHops.ts';
import { cens } from './050-cens.ts';
import { eips } from './060-eips.ts';
import { commands } from './061-commands.ts';
import { stoppedAt } from './066-stoppedAt.ts';
import { hasNoSystem } from './067-hasNoSystem.ts';
import { instanceBootMode } from './068-instanceBootMode.ts';
import { bootProofs } from './070-bootProofs.ts';
import { vncPassword } from './071-vncPassword.ts';
import { vpcPeers } from './073-vpcPeers.ts';
import { ramRoles } from './023-ramRoles.ts';

/** In order; never edited once released. */
const migrations: Record<string, Migration> = {
  '001-firstTables': firstTables,
  '002-accountQuotas': accountQuotas,
  '003-kmsKeys': kmsKeys,
  '004-catalogue': catalogue,
  '005-autoSnapshotPolicies': autoSnapshotPolicies,
  '006-snapshotGroups': snapshotGroups,
  '007-tickets': tickets,
  '009-metering': metering,
  '011-snapshotLocks': snapshotLocks,
  '013-objects': objects,
  '020-baseKeys': baseKeys,
  '022-imageExtensions': imageExtensions,
  '042-metadataHops': metadataHops,
  '050-cens': cens,
  '060-eips': eips,
  '061-commands': commands,
  '066-stoppedAt': stoppedAt,
  '067-hasNoSystem': hasNoSystem,
  '068-instanceBootMode': instanceBootMode,
  '070-bootProofs': bootProofs,
  '071-vncPassword': vncPassword,
  '073-vpcPeers': vpcPeers,
  '023-ramRoles': ramRoles,
};

/** Runs the migrations that the database lacks, also those numbered before some that it has: none builds on another's order. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  if (error instanceof Error && error.message.includes('corrupted migrations')) {
    throw new WorldFault('FormatTooNew', 'The records were written by a newer version of Tongjing.', { cause: error });
  }
  throw error;
}
