import type { Action } from '../actions/action.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { apiError, errorCatalogue, type ApiError } from '../contract/errors.ts';
import type { Database, Db } from '../records/database.ts';
import { dropClientTokens, findClientToken, keepClientToken } from '../records/tables/clientTokens.ts';
import { gatewayError } from './faults.ts';
import type { Parameters } from './parameters.ts';
import { sha256Hex } from './signature.ts';

interface Replayed {
  action: Action;
  accountId: string;
  token: string;
  parameters: Parameters;
}

interface Outcome {
  response: Record<string, unknown>;
  enqueued: readonly string[];
}

export interface Replays {
  run(call: Replayed, body: (db: Db) => Promise<Outcome>): Promise<Outcome>;
}

/**
 * Runs a call once per ClientToken: the answer is kept in the transaction that does the work, so that a repeated call gets
 * it even after a crash. A call that failed leaves nothing, and may be repeated.
 */
export function createReplays(database: Database, clock: Clock): Replays {
  const underWay = new Set<string>();

  async function runOnce(
    { action, accountId, token, parameters }: Replayed,
    body: (db: Db) => Promise<Outcome>,
  ): Promise<Outcome> {
    const key = { accountId, action: action.name, token };
    const parametersHash = hashOf(parameters);
    return database.write(async (tx) => {
      const kept = await findClientToken(tx, key);
      if (kept && kept.parametersHash !== parametersHash) throw ownError(action, MISMATCH);
      if (kept) return { response: JSON.parse(kept.response) as Record<string, unknown>, enqueued: [] };
      const outcome = await body(tx);
      const row = { ...key, parametersHash, response: JSON.stringify(outcome.response), createdAt: clock.now() };
      await keepClientToken(tx, row);
      return outcome;
    });
  }

  return {
    async run(call, body) {
      const { action, accountId, token } = call;
      // oxlint-disable-next-line no-control-regex
      if (token.length > LONGEST_TOKEN || !/^[\x20-\x7e]*$/.test(token)) throw ownError(action, MALFORMED);
      const key = `${accountId}/${action.name}/${token}`;
      if (underWay.has(key)) throw ownError(action, PROCESSING);
      underWay.add(key);
      try {
        return await runOnce(call, body);
      } finally {
        underWay.delete(key);
      }
    },
  };
}

const LONGEST_TOKEN = 64;

const KEEP_MS = 7 * 24 * 3600_000;
const FORGET_EVERY_MS = 24 * 3600_000;

/** Drops what nobody will ask for again, now and once a day. The answer ends that. */
export async function forgetOldTokens(database: Database, clock: Clock, log: Log): Promise<() => void> {
  let cancel = () => {};
  const forget = async (): Promise<void> => {
    await database.write((tx) => dropClientTokens(tx, clock.now() - KEEP_MS));
    cancel = clock.schedule(clock.now() + FORGET_EVERY_MS, () => {
      forget().catch((error: unknown) => log.error({ err: error }, 'old client tokens could not be dropped'));
    });
  };
  await forget();
  return () => cancel();
}

/** What the same request has anew each time, whatever it asks for. */
const ENVELOPE = new Set([
  'AccessKeyId',
  'Action',
  'Format',
  'SecurityToken',
  'Signature',
  'SignatureMethod',
  'SignatureNonce',
  'SignatureType',
  'SignatureVersion',
  'Timestamp',
  'Version',
  'ClientToken',
]);

function hashOf(parameters: Parameters): string {
  const business = [...parameters].filter(([name]) => !ENVELOPE.has(name));
  return sha256Hex(JSON.stringify(business.sort(([left], [right]) => (left < right ? -1 : 1))));
}

/** Actions were given different codes for one thing; the first of each list is for those that have none of their own. */
const MISMATCH = ['IdempotentParameterMismatch', 'IdempotenceParamNotMatch', 'Idempotence.SignatureMismatch'];
const MALFORMED = ['InvalidClientToken.Malformed', 'InvalidClientToken.ValueNotSupported'];
const PROCESSING = [
  'IdempotentProcessing',
  'LastTokenProcessing',
  'TOKEN_PROCESSING',
  'OperationFailed.IdempotentTokenProcessing',
  'Idempotence.Processing',
];

function ownError(action: Action, codes: readonly string[]): ApiError {
  const own = errorCatalogue[action.name]?.find(({ code }) => codes.includes(code));
  return own ? apiError(action.name, own.code, { values: [''] }) : gatewayError(codes[0]!);
}
