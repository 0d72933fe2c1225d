import type { Flag } from '../schema.ts';

export interface AccountRow {
  /** 16 digits. */
  id: string;
  name: string;
  site: 'china' | 'international' | 'japan';
  /** 1 for the one that may use operator endpoints. */
  isOperator: Flag;
  createdAt: number;
}

export interface AccessKeyRow {
  id: string;
  accountId: string;
  secret: string;
  status: 'Active' | 'Inactive';
  createdAt: number;
}

/** Temporary credentials by AssumeRole. */
export interface StsSessionRow {
  accessKeyId: string;
  secret: string;
  securityToken: string;
  accountId: string;
  roleArn: string;
  roleSessionName: string;
  roleId: string;
  expiresAt: number;
}
