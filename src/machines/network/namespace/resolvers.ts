import { readFileSync } from 'node:fs';
import { parseAddress } from '../../../rules/cidr.ts';

/** systemd-resolved's own list is of use where /etc/resolv.conf names nothing but the local stub. */
const FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/** IPv4 name servers of this machine that a namespace can ask: not those on its loopback. */
export function resolversOf(files: readonly string[] = FILES): string[] {
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    const listed = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!);
    const found = listed.filter((address) => parseAddress(address) !== null && !address.startsWith('127.'));
    if (found.length > 0) return found;
  }
  return [];
}
