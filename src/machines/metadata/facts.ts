/** What the metadata service says of an instance, to its own guest alone. */
export interface GuestFacts {
  instanceId: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  imageId: string;
  instanceType: string;
  hostName: string;
  serialNumber: string;
  networkInterfaceId: string;
  macAddress: string;
  privateIp: string;
  publicIp: string | null;
  vpcId: string;
  vpcCidrBlock: string;
  vSwitchId: string;
  vSwitchCidrBlock: string;
  /** OpenSSH line. */
  publicKey: string | null;
  /** SHA-512 crypt. */
  passwordHash: string | null;
  /** Decoded; null: none. */
  userData: Buffer | null;
  ramRoleName: string | null;
  httpEndpoint: 'enabled' | 'disabled';
  httpTokens: 'optional' | 'required';
  /** Hops that the answer with a token may take; 0: as usual. */
  httpHopLimit: number;
}

/** Temporary credentials of the instance's role. */
export interface RoleCredentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  issuedAt: number;
}

export interface MetadataSource {
  /** Null: there is no such instance any more. */
  facts(instanceId: string): Promise<GuestFacts | null>;
  credentials(facts: GuestFacts): Promise<RoleCredentials>;
}
