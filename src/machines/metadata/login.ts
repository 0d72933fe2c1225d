import type { GuestFacts } from './facts.ts';

/** Vendor data: what cloud-init does beside the user's own. It gives root the password that the call named; null: none was. */
export function vendorData({ passwordHash }: GuestFacts): string | null {
  if (passwordHash === null) return null;
  const settings = {
    ssh_pwauth: true,
    disable_root: false,
    chpasswd: { expire: false, users: [{ name: 'root', password: passwordHash, type: 'hash' }] },
  };
  // JSON is YAML.
  return `#cloud-config\n${JSON.stringify(settings)}\n`;
}

/** Those before 25 ask this cloud for no vendor data. They ask without their name (`headers_cb` of url_helper.readurl takes it away). */
const OLD_CLOUD_INIT = /^(?:python-requests\/|Cloud-Init\/(?:1\d|2[0-4])\.)/;
const BOUNDARY = '==tongjing==';

/**
 * User data as it was given. An old cloud-init, which does not ask for vendor data, gets both as one archive; null: there is neither.
 */
export function userDataFor(facts: GuestFacts, userAgent: string): Buffer | null {
  const vendor = OLD_CLOUD_INIT.test(userAgent) ? vendorData(facts) : null;
  if (vendor === null) return facts.userData;
  const parts = [part('text/cloud-config', Buffer.from(vendor))];
  // cloud-init finds out by its first line what the user's is.
  if (facts.userData) parts.push(part('text/plain', facts.userData));
  return Buffer.from(
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n${parts.join('')}--${BOUNDARY}--\n`,
  );
}

const part = (type: string, content: Buffer): string =>
  `--${BOUNDARY}\nContent-Type: ${type}; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${content.toString('base64')}\n`;
