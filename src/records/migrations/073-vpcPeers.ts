import type { Kysely, Migration } from 'kysely';

/** Peering connections, and the routes of VPCs that lead over them. */
export const vpcPeers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('vpcPeers')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('vpcId', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('acceptingAccountId', 'text', (column) => column.notNull())
      .addColumn('acceptingRegionId', 'text', (column) => column.notNull())
      .addColumn('acceptingVpcId', 'text', (column) => column.notNull())
      .addColumn('acceptingResourceGroupId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('bandwidth', 'integer', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('modifiedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('vpcPeersKey', ['id'])
      .execute();
    for (const columns of [['accountId', 'regionId'], ['acceptingAccountId'], ['vpcId'], ['acceptingVpcId']]) {
      const name = columns.map((column) => column[0]!.toUpperCase() + column.slice(1)).join('');
      await db.schema.createIndex(`vpcPeersBy${name}`).on('vpcPeers').columns(columns).execute();
    }
    await db.schema
      .createTable('routeEntries')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('vpcId', 'text', (column) => column.notNull())
      .addColumn('cidrBlock', 'text', (column) => column.notNull())
      .addColumn('nextHopId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('routeEntriesKey', ['id'])
      .addUniqueConstraint('routeEntriesByVpcIdCidrBlock', ['vpcId', 'cidrBlock'])
      .execute();
    await db.schema.createIndex('routeEntriesByNextHopId').on('routeEntries').columns(['nextHopId']).execute();
  },
};
