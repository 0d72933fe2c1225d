/**
 * Every limit on how many, per account and region unless said otherwise. Source: the vendor's "Limits" page, 2021, and the FAQ. Actions ask
 * `call.quota`, which knows what an account was granted beyond these.
 */
export const quotas = {
  /** Custom images, failed ones included; what others share does not count. */
  images: 100,
  /** Image families. */
  imageFamilies: 100,
  /** Images of one family. */
  imagesOfFamily: 100,
  /** Accounts that one image is shared with. */
  imageShares: 50,
  /** Images that one account receives, all regions together. */
  receivedImages: 100,
  /** Copies that run at once into one region; later ones wait. */
  runningImageCopies: 5,
  /** Data disks of one image. */
  imageDataDisks: 16,
  /** Manual snapshots of one disk. */
  snapshotsOfDisk: 256,
  /** Automatic snapshots of one disk; the oldest make room. */
  autoSnapshotsOfDisk: 1000,
  /** Disks of one snapshot group. */
  disksOfSnapshotGroup: 128,
  /** Policies for automatic snapshots. */
  autoSnapshotPolicies: 100,
  /** Instances that one call makes or acts on. */
  instancesOfCall: 100,
  /** Data disks of one instance. */
  instanceDataDisks: 16,
  /** Security groups that one instance is in. */
  securityGroupsOfInstance: 5,
  /** Instances in one security group, by its type: basic or advanced. */
  instancesOfSecurityGroup: { normal: 2000, enterprise: 65536 },
  /** Commands of Cloud Assistant that are kept. */
  commands: 500,
  /** Instances that one call runs a command on. */
  commandInstancesOfCall: 100,
  /** Instances that one call sends a file to, or stops a command on. */
  fileInstancesOfCall: 50,
  /** Runs on instances that are under way, all regions together. */
  unfinishedRuns: 100,
  vpcs: 10,
  /** vSwitches of one VPC. */
  vSwitchesOfVpc: 150,
  securityGroups: 100,
  /** Peering connections that are asked for. */
  vpcPeers: 20,
  /** Peering connections of one VPC, within its region and to others. */
  vpcPeersOfVpc: 10,
  crossRegionVpcPeersOfVpc: 20,
  /** Custom routes of one route table. */
  routeEntries: 200,
  /** Elastic IPs, all regions together. */
  eips: 20,
  /** Rules of one security group, both directions together. */
  rulesOfSecurityGroup: 200,
  keyPairs: 500,
  /** Instances that one key pair is attached to, or detached from, in one call. */
  keyPairInstancesOfCall: 50,
  /** Keys of KMS, those pending deletion included. */
  kmsKeys: 200,
  /** Roles of RAM. */
  ramRoles: 100,
  /** Tags of one resource. */
  tagsOfResource: 20,
} as const;

/** Those that are an account's: the operator, or a granted ticket, can change them for it. The others are the protocol's. */
export const ACCOUNT_QUOTAS = [
  'autoSnapshotPolicies',
  'autoSnapshotsOfDisk',
  'commands',
  'crossRegionVpcPeersOfVpc',
  'eips',
  'imageFamilies',
  'imageShares',
  'images',
  'imagesOfFamily',
  'keyPairs',
  'kmsKeys',
  'ramRoles',
  'receivedImages',
  'routeEntries',
  'rulesOfSecurityGroup',
  'runningImageCopies',
  'securityGroups',
  'snapshotsOfDisk',
  'vSwitchesOfVpc',
  'vpcPeers',
  'vpcPeersOfVpc',
  'vpcs',
] as const satisfies readonly (keyof typeof quotas)[];

export type QuotaName = (typeof ACCOUNT_QUOTAS)[number];

export const isQuotaName = (name: string): name is QuotaName => ACCOUNT_QUOTAS.some((one) => one === name);

/** Far beyond what anybody needs, and still a number that counting bears. */
export const LARGEST_QUOTA = 1_000_000;
