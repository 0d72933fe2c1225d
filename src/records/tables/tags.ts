export interface TagRow {
  accountId: string;
  regionId: string;
  /** `instance`, `disk`, `snapshot`, `image`, `securitygroup`, `keypair`, `vpc`, `vswitch` … in lower case. */
  resourceType: string;
  resourceId: string;
  key: string;
  value: string;
}
