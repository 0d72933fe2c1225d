export interface KeyPairRow {
  accountId: string;
  regionId: string;
  name: string;
  id: string;
  /** MD5, hex without colons. */
  fingerprint: string;
  /** OpenSSH line. */
  publicKey: string;
  resourceGroupId: string;
  createdAt: number;
}
