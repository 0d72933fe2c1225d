import { randomBytes } from 'node:crypto';
import type { Machines } from './machines.ts';

const TOKEN_MS = 15_000;
const TOKEN_BYTES = 24;

/** Who may look at a screen, and change what is on it: whoever has a token that was made for it a moment ago. */
export interface Screens {
  /** Good once, for 15 s. Null: the instance has no machine that runs. */
  token(accountId: string, instanceId: string): Promise<string | null>;
  /** Unix socket of the screen that the token was made for. Null: it was not made here, is over or was used. */
  redeem(token: string): Promise<string | null>;
}

/** `isOwner`: whether the account still has the instance; `now` in milliseconds, of a clock that nobody moves. */
export function createScreens(
  machines: Pick<Machines, 'vncSocket'>,
  isOwner: (accountId: string, instanceId: string) => Promise<boolean>,
  now: () => number,
): Screens {
  const tokens = new Map<string, { accountId: string; instanceId: string; endsAt: number }>();
  return {
    async token(accountId, instanceId) {
      for (const [token, { endsAt }] of tokens) if (endsAt <= now()) tokens.delete(token);
      if ((await machines.vncSocket(instanceId)) === null) return null;
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      tokens.set(token, { accountId, instanceId, endsAt: now() + TOKEN_MS });
      return token;
    },
    async redeem(token) {
      const made = tokens.get(token);
      tokens.delete(token);
      if (!made || made.endsAt <= now() || !(await isOwner(made.accountId, made.instanceId))) return null;
      return machines.vncSocket(made.instanceId);
    },
  };
}
