import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Tokens of the metadata service's hardened mode. One is of no use to another guest, nor after the service was started anew. */
export interface Tokens {
  give(instanceId: string, seconds: number): string;
  isValid(instanceId: string, token: string): boolean;
}

export const LONGEST_TOKEN_S = 21_600;

export function createTokens(now: () => number): Tokens {
  const secret = randomBytes(32);
  const sign = (instanceId: string, endsAt: number): string =>
    createHmac('sha256', secret).update(`${instanceId} ${endsAt}`).digest('base64url');
  return {
    give(instanceId, seconds) {
      const endsAt = now() + seconds * 1000;
      return `${endsAt.toString(36)}.${sign(instanceId, endsAt)}`;
    },
    isValid(instanceId, token) {
      const [end = '', signature = ''] = token.split('.');
      const endsAt = Number.parseInt(end, 36);
      const right = Buffer.from(sign(instanceId, endsAt));
      const given = Buffer.from(signature);
      return endsAt > now() && given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
