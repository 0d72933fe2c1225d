import type { Kysely, Migration } from 'kysely';

/** Roles of RAM and the system policies that are attached to them. */
export const ramRoles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('ramRoles')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('trustPolicy', 'text', (column) => column.notNull())
      .addColumn('longestSessionSeconds', 'integer', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('updatedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('ramRolesKey', ['id'])
      .addUniqueConstraint('ramRolesByName', ['accountId', 'name'])
      .execute();
    await db.schema
      .createTable('ramAttachments')
      .addColumn('roleId', 'text', (column) => column.notNull())
      .addColumn('policyName', 'text', (column) => column.notNull())
      .addColumn('attachedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('ramAttachmentsKey', ['roleId', 'policyName'])
      .execute();
  },
};
