import type { Kysely, Migration } from 'kysely';

/** By name: table and columns. */
const indexes: Readonly<Record<string, readonly [table: string, ...columns: string[]]>> = {
  accessKeysByAccountId: ['accessKeys', 'accountId'],
  jobsByStatusRunAfter: ['jobs', 'status', 'runAfter'],
  jobsBySequence: ['jobs', 'sequence'],
  jobsByAccountIdRegionId: ['jobs', 'accountId', 'regionId'],
  jobsByResourceId: ['jobs', 'resourceId'],
  vpcsByAccountIdRegionId: ['vpcs', 'accountId', 'regionId'],
  vSwitchesByVpcId: ['vSwitches', 'vpcId'],
  securityGroupsByAccountIdRegionId: ['securityGroups', 'accountId', 'regionId'],
  securityGroupRulesBySecurityGroupId: ['securityGroupRules', 'securityGroupId'],
  imagesByAccountIdRegionIdCreatedAt: ['images', 'accountId', 'regionId', 'createdAt'],
  // Holds all that counting and ordering a caller's visible images needs, so that DescribeImages reads only the rows of its page.
  imagesByRegionIdCreatedAt: ['images', 'regionId', 'deletedAt', 'createdAt', 'id', 'kind', 'accountId', 'status'],
  imageDisksBySnapshotId: ['imageDisks', 'snapshotId'],
  imageSharesByAccountId: ['imageShares', 'accountId'],
  snapshotsByAccountIdRegionIdCreatedAt: ['snapshots', 'accountId', 'regionId', 'createdAt'],
  snapshotsBySourceDiskId: ['snapshots', 'sourceDiskId'],
  disksByAccountIdRegionIdCreatedAt: ['disks', 'accountId', 'regionId', 'createdAt'],
  disksByInstanceId: ['disks', 'instanceId'],
  disksBySourceSnapshotId: ['disks', 'sourceSnapshotId'],
  instancesByAccountIdRegionIdCreatedAt: ['instances', 'accountId', 'regionId', 'createdAt'],
  instancesByImageId: ['instances', 'imageId'],
  instancesByVSwitchId: ['instances', 'vSwitchId'],
  instancesByPublicIp: ['instances', 'publicIp'],
  instanceSecurityGroupsBySecurityGroupId: ['instanceSecurityGroups', 'securityGroupId'],
  tagsByAccountIdResourceTypeKey: ['tags', 'accountId', 'resourceType', 'key'],
};

/** The tables of the first version. What the columns mean stands with the row types in `../tables/`. */
export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('accounts')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('site', 'text', (column) => column.notNull())
      .addColumn('isOperator', 'integer', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('accountsKey', ['id'])
      .execute();
    await db.schema
      .createTable('accessKeys')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('accessKeysKey', ['id'])
      .execute();
    await db.schema
      .createTable('stsSessions')
      .addColumn('accessKeyId', 'text', (column) => column.notNull())
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('securityToken', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('roleArn', 'text', (column) => column.notNull())
      .addColumn('roleSessionName', 'text', (column) => column.notNull())
      .addColumn('roleId', 'text', (column) => column.notNull())
      .addColumn('expiresAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('stsSessionsKey', ['accessKeyId'])
      .execute();
    await db.schema
      .createTable('clientTokens')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('token', 'text', (column) => column.notNull())
      .addColumn('parametersHash', 'text', (column) => column.notNull())
      .addColumn('response', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('clientTokensKey', ['accountId', 'action', 'token'])
      .execute();
    await db.schema
      .createTable('settings')
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('settingsKey', ['key'])
      .execute();
    await db.schema
      .createTable('jobs')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('progress', 'bigint', (column) => column.notNull())
      .addColumn('taskAction', 'text')
      .addColumn('resourceId', 'text', (column) => column.notNull())
      .addColumn('cancelRequested', 'integer', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('runAfter', 'bigint', (column) => column.notNull())
      .addColumn('errorCode', 'text')
      .addColumn('errorMessage', 'text')
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('startedAt', 'bigint')
      .addColumn('finishedAt', 'bigint')
      .addPrimaryKeyConstraint('jobsKey', ['id'])
      .execute();
    await db.schema
      .createTable('vpcs')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('cidrBlock', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('userCidrs', 'text', (column) => column.notNull())
      .addColumn('vRouterId', 'text', (column) => column.notNull())
      .addColumn('routeTableId', 'text', (column) => column.notNull())
      .addColumn('isDefault', 'integer', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('vpcsKey', ['id'])
      .execute();
    await db.schema
      .createTable('vSwitches')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('zoneId', 'text', (column) => column.notNull())
      .addColumn('vpcId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('cidrBlock', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('isDefault', 'integer', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('vSwitchesKey', ['id'])
      .execute();
    await db.schema
      .createTable('securityGroups')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('vpcId', 'text')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('innerAccessPolicy', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('securityGroupsKey', ['id'])
      .execute();
    await db.schema
      .createTable('securityGroupRules')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('securityGroupId', 'text', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('ipProtocol', 'text', (column) => column.notNull())
      .addColumn('portRange', 'text', (column) => column.notNull())
      .addColumn('policy', 'text', (column) => column.notNull())
      .addColumn('priority', 'bigint', (column) => column.notNull())
      .addColumn('nicType', 'text', (column) => column.notNull())
      .addColumn('cidrIp', 'text')
      .addColumn('ipv6CidrIp', 'text')
      .addColumn('groupId', 'text')
      .addColumn('prefixListId', 'text')
      .addColumn('groupOwnerAccount', 'text')
      .addColumn('ownCidrIp', 'text')
      .addColumn('ownIpv6CidrIp', 'text')
      .addColumn('sourcePortRange', 'text')
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('securityGroupRulesKey', ['id'])
      .execute();
    await db.schema
      .createTable('keyPairs')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('publicKey', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('keyPairsKey', ['accountId', 'regionId', 'name'])
      .execute();
    await db.schema
      .createTable('images')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('family', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('progress', 'bigint', (column) => column.notNull())
      .addColumn('platform', 'text', (column) => column.notNull())
      .addColumn('osType', 'text', (column) => column.notNull())
      .addColumn('osName', 'text', (column) => column.notNull())
      .addColumn('osNameEn', 'text', (column) => column.notNull())
      .addColumn('architecture', 'text', (column) => column.notNull())
      .addColumn('bootMode', 'text', (column) => column.notNull())
      .addColumn('sizeGib', 'bigint', (column) => column.notNull())
      .addColumn('isCopied', 'integer', (column) => column.notNull())
      .addColumn('isSupportCloudinit', 'integer', (column) => column.notNull())
      .addColumn('isSupportIoOptimized', 'integer', (column) => column.notNull())
      .addColumn('nvmeSupport', 'text', (column) => column.notNull())
      .addColumn('imdsSupport', 'text', (column) => column.notNull())
      .addColumn('licenseType', 'text')
      .addColumn('productCode', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('sourceInstanceId', 'text')
      .addColumn('sourceImageId', 'text')
      .addColumn('sourceRegionId', 'text')
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('deletedAt', 'bigint')
      .addPrimaryKeyConstraint('imagesKey', ['id'])
      .execute();
    await db.schema
      .createTable('imageDisks')
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('snapshotId', 'text')
      .addColumn('device', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('sizeGib', 'bigint', (column) => column.notNull())
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('category', 'text')
      .addColumn('importBucket', 'text')
      .addColumn('importObject', 'text')
      .addPrimaryKeyConstraint('imageDisksKey', ['imageId', 'position'])
      .execute();
    await db.schema
      .createTable('imageShares')
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('sharedAt', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('imageSharesKey', ['imageId', 'accountId'])
      .execute();
    await db.schema
      .createTable('snapshots')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('progress', 'bigint', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('sourceDiskId', 'text')
      .addColumn('sourceDiskType', 'text', (column) => column.notNull())
      .addColumn('sourceDiskSizeGib', 'bigint', (column) => column.notNull())
      .addColumn('sourceDiskCategory', 'text')
      .addColumn('imageId', 'text')
      .addColumn('snapshotLinkId', 'text')
      .addColumn('retentionDays', 'bigint')
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('completedAt', 'bigint')
      .addColumn('encrypted', 'integer', (column) => column.notNull())
      .addColumn('kmsKeyId', 'text')
      .addColumn('productCode', 'text')
      .addColumn('sourceSnapshotId', 'text')
      .addColumn('sourceRegionId', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('root', 'text')
      .addColumn('sizeBytes', 'bigint', (column) => column.notNull())
      .addColumn('storedBytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('snapshotsKey', ['id'])
      .execute();
    await db.schema
      .createTable('disks')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('zoneId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('category', 'text', (column) => column.notNull())
      .addColumn('performanceLevel', 'text')
      .addColumn('sizeGib', 'bigint', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('instanceId', 'text')
      .addColumn('device', 'text')
      .addColumn('imageId', 'text')
      .addColumn('sourceSnapshotId', 'text')
      .addColumn('deleteWithInstance', 'integer', (column) => column.notNull())
      .addColumn('deleteAutoSnapshot', 'integer', (column) => column.notNull())
      .addColumn('enableAutoSnapshot', 'integer', (column) => column.notNull())
      .addColumn('portable', 'integer', (column) => column.notNull())
      .addColumn('encrypted', 'integer', (column) => column.notNull())
      .addColumn('kmsKeyId', 'text')
      .addColumn('chargeType', 'text', (column) => column.notNull())
      .addColumn('productCode', 'text')
      .addColumn('serialNumber', 'text', (column) => column.notNull())
      .addColumn('autoSnapshotPolicyId', 'text')
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('everAttached', 'integer', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('attachedAt', 'bigint')
      .addColumn('detachedAt', 'bigint')
      .addColumn('pendingSizeGib', 'bigint')
      .addColumn('volumeId', 'text', (column) => column.notNull())
      .addColumn('baseRoot', 'text')
      .addColumn('lastRoot', 'text')
      .addPrimaryKeyConstraint('disksKey', ['id'])
      .execute();
    await db.schema
      .createTable('instances')
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('zoneId', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('hostName', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('imageId', 'text', (column) => column.notNull())
      .addColumn('instanceType', 'text', (column) => column.notNull())
      .addColumn('osType', 'text', (column) => column.notNull())
      .addColumn('osName', 'text', (column) => column.notNull())
      .addColumn('osNameEn', 'text', (column) => column.notNull())
      .addColumn('ioOptimized', 'integer', (column) => column.notNull())
      .addColumn('chargeType', 'text', (column) => column.notNull())
      .addColumn('internetChargeType', 'text', (column) => column.notNull())
      .addColumn('internetMaxBandwidthIn', 'bigint', (column) => column.notNull())
      .addColumn('internetMaxBandwidthOut', 'bigint', (column) => column.notNull())
      .addColumn('networkType', 'text', (column) => column.notNull())
      .addColumn('vpcId', 'text')
      .addColumn('vSwitchId', 'text')
      .addColumn('networkInterfaceId', 'text', (column) => column.notNull())
      .addColumn('macAddress', 'text', (column) => column.notNull())
      .addColumn('privateIp', 'text', (column) => column.notNull())
      .addColumn('publicIp', 'text')
      .addColumn('keyPairName', 'text')
      .addColumn('passwordHash', 'text')
      .addColumn('userData', 'text')
      .addColumn('ramRoleName', 'text')
      .addColumn('deletionProtection', 'integer', (column) => column.notNull())
      .addColumn('stoppedMode', 'text', (column) => column.notNull())
      .addColumn('spotStrategy', 'text', (column) => column.notNull())
      .addColumn('creditSpecification', 'text')
      .addColumn('httpEndpoint', 'text', (column) => column.notNull())
      .addColumn('httpTokens', 'text', (column) => column.notNull())
      .addColumn('resourceGroupId', 'text', (column) => column.notNull())
      .addColumn('clusterId', 'text')
      .addColumn('serialNumber', 'text', (column) => column.notNull())
      .addColumn('createdAt', 'bigint', (column) => column.notNull())
      .addColumn('startedAt', 'bigint')
      .addColumn('expiredAt', 'bigint')
      .addColumn('autoReleaseAt', 'bigint')
      .addColumn('everStarted', 'integer', (column) => column.notNull())
      .addColumn('faultReason', 'text')
      .addPrimaryKeyConstraint('instancesKey', ['id'])
      .execute();
    await db.schema
      .createTable('instanceSecurityGroups')
      .addColumn('instanceId', 'text', (column) => column.notNull())
      .addColumn('securityGroupId', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('instanceSecurityGroupsKey', ['instanceId', 'securityGroupId'])
      .execute();
    await db.schema
      .createTable('tags')
      .addColumn('accountId', 'text', (column) => column.notNull())
      .addColumn('regionId', 'text', (column) => column.notNull())
      .addColumn('resourceType', 'text', (column) => column.notNull())
      .addColumn('resourceId', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tagsKey', ['resourceType', 'resourceId', 'key', 'accountId', 'regionId'])
      .execute();

    for (const [name, [table, ...columns]] of Object.entries(indexes)) {
      await db.schema.createIndex(name).on(table).columns(columns).execute();
    }
  },
};
