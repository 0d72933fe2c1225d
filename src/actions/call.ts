import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import { apiError, type ApiError, type ErrorDetail } from '../contract/errors.ts';
import type { KeyWrapping } from '../keys/keys.ts';
import type { EnqueueOptions } from '../jobs/queue.ts';
import { enqueue, requestCancel, requestCollection } from '../jobs/queue.ts';
import type { JobInputs, JobKind } from '../jobs/kinds.ts';
import type { Agents } from '../machines/agent/agents.ts';
import type { Machines } from '../machines/machines.ts';
import type { Screens } from '../machines/screens.ts';
import type { Db, Tx } from '../records/database.ts';
import type { AccountRow } from '../records/tables/accounts.ts';
import { quotaOf } from '../records/tables/accountQuotas.ts';
import type { QuotaName } from '../rules/quotas.ts';
import { findRegion, type Region } from '../rules/regions.ts';

/** Who calls: the account itself, or a role of it by STS. */
export interface Caller {
  account: AccountRow;
  accessKeyId: string;
  /** Set when the call came with temporary credentials. */
  role: { arn: string; sessionName: string; roleId: string } | null;
}

/** As Machines, Agents and Screens have them. */
export interface Guests extends Pick<Machines, 'consoleOutput' | 'screenshot'> {
  agentVersion: Agents['version'];
  screenToken: Screens['token'];
}

/** Everything an action may touch besides its request. */
export interface Call {
  readonly actionName: string;
  readonly caller: Caller;
  readonly accountId: string;
  readonly requestId: string;
  /** Host that the client called, with port. */
  readonly host: string;
  /** It called by TLS. */
  readonly isSecure: boolean;
  /** What runs instances here: `none` (states and disks, no boot) …; each described instance says it by a system tag. */
  readonly driver: string;
  /** What is to be seen of running guests. Only for actions of access `read`: it waits for what is not the records. */
  readonly guests: Guests;
  /** What makes and unwraps key material. */
  readonly wrapping: KeyWrapping;
  /** The rows. In an action of access `write` this is the call's transaction. */
  readonly db: Db;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The official error of this action: `throw call.error('InvalidImageId.NotFound')`. */
  error(code: string, detail?: ErrorDetail): ApiError;
  /** The caller's limit: `await call.quota('images')`. */
  quota(name: QuotaName): Promise<number>;
  /** The region named, else `InvalidRegionId.NotFound`; absent: the default region. */
  region(regionId: string | undefined): Region;
  /** Runs if and only if the call succeeds (and is no DryRun). Answers the job's id. */
  enqueue<K extends JobKind>(kind: K, input: JobInputs[K], options: Omit<EnqueueOptions, 'accountId'>): Promise<string>;
  /** Asks the unfinished jobs about the resource to end. */
  cancelJobs(resourceId: string): Promise<void>;
  /** Has what this call made unreachable in the region's store collected soon. */
  collectGarbage(regionId: string): Promise<void>;
  /**
   * Does all that the gateway does for such a request once its signature is verified, in this call's transaction, and throws what it would
   * answer. One that fails leaves nothing. Only for actions of access `rehearsal`.
   */
  readonly perform: Perform;
}

/** What an action that was performed answers: its response as the wire has it, and the jobs that it put into the queue. */
export interface Performed {
  response: Record<string, unknown>;
  enqueued: readonly string[];
}

/** An action of ECS by its name, with the parameters of the wire, as the account's owner. */
export type Perform = (
  action: string,
  parameters: Readonly<Record<string, string>>,
  account: AccountRow,
) => Promise<Performed>;

export const DEFAULT_REGION_ID = 'cn-hangzhou';

export interface CallParts {
  actionName: string;
  caller: Caller;
  requestId: string;
  host: string;
  isSecure?: boolean;
  driver?: string;
  guests: Guests;
  wrapping: KeyWrapping;
  db: Db;
  clock: Clock;
  ids: Ids;
  perform: Perform;
}

/** `enqueued`: the jobs that this call puts into the queue or wants to end, for which the runner has to be woken. */
export function createCall(parts: CallParts): Call & { readonly enqueued: readonly string[] } {
  const enqueued: string[] = [];
  const call: Call = {
    ...parts,
    driver: parts.driver ?? 'none',
    isSecure: parts.isSecure ?? false,
    accountId: parts.caller.account.id,
    error: (code, detail) => apiError(parts.actionName, code, detail),
    region(regionId) {
      const region = findRegion(regionId ?? DEFAULT_REGION_ID);
      if (!region) throw call.error('InvalidRegionId.NotFound');
      return region;
    },
    quota: (name) => quotaOf(parts.db, call.accountId, name),
    async enqueue(kind, input, options) {
      const idInfix = call.region(options.regionId).idInfix;
      const id = await enqueue(parts.db as Tx, { clock: parts.clock, ids: parts.ids, idInfix }, kind, input, {
        ...options,
        accountId: parts.caller.account.id,
      });
      enqueued.push(id);
      return id;
    },
    async cancelJobs(resourceId) {
      enqueued.push(...(await requestCancel(parts.db as Tx, resourceId)));
    },
    async collectGarbage(regionId) {
      const idInfix = call.region(regionId).idInfix;
      const owner = { accountId: parts.caller.account.id, regionId };
      enqueued.push(await requestCollection(parts.db as Tx, { clock: parts.clock, ids: parts.ids, idInfix }, owner));
    },
  };
  return Object.assign(call, { enqueued });
}
