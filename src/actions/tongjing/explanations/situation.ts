import type { AccountRow } from '../../../records/tables/accounts.ts';
import { findDisk, type DiskRow } from '../../../records/tables/disks.ts';
import { findImageForLineage, findVisibleImage, type ImageRow } from '../../../records/tables/images.ts';
import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import type { JobRow } from '../../../records/tables/jobs.ts';
import { EVERY_REGION } from '../../../rules/catalogue.ts';
import type { Call } from '../../call.ts';
import { viewOf } from '../../view.ts';

/** An action with the parameters of the wire. */
export interface PlannedCall {
  action: string;
  parameters: Record<string, string>;
}

/** A call that was refused, and whose it was. Ways look at nothing that its account does not see. */
export interface Situation {
  call: Call;
  account: AccountRow;
  refused: PlannedCall;
}

/** One thing to do: a call, waiting for jobs, or asking for the refused thing otherwise. */
export interface Move {
  text: string;
  perform?: PlannedCall;
  /** Ids from deep in the call's answer that later moves use, each under its path there. Those at its top are known. */
  names?: Record<string, string>;
  wait?: JobRow[];
  change?: Record<string, string>;
}

/** The response of a call, as the wire has it. */
export type Answer = Record<string, unknown>;

/** What each call answers comes back from `yield`. */
export type Way = (situation: Situation) => AsyncGenerator<Move, void, Answer>;

/** As the account sees it, in whatever region; one of the catalogue is in none and stays as it is, so that no way is about it. */
export async function imageAnywhere(call: Call, account: AccountRow, id: string): Promise<ImageRow | undefined> {
  const row = await findImageForLineage(call.db, id);
  if (!row || row.regionId === EVERY_REGION) return undefined;
  return findVisibleImage(call.db, await viewOf(call, row.regionId, account.id), id);
}

export async function imageOf({ call, account, refused: { parameters } }: Situation): Promise<ImageRow | undefined> {
  const id = parameters['ImageId'];
  return id === undefined ? undefined : imageAnywhere(call, account, id);
}

export async function diskOf({ call, account, refused: { parameters } }: Situation): Promise<DiskRow | undefined> {
  const id = parameters['DiskId'];
  return id === undefined ? undefined : findDisk(call.db, account.id, id);
}

/** The instance that is named, else the one that has the disk that is. */
export async function instanceOf(situation: Situation): Promise<InstanceRow | undefined> {
  const { call, account, refused } = situation;
  const id = refused.parameters['InstanceId'] ?? (await diskOf(situation))?.instanceId;
  return id ? findInstance(call.db, account.id, id) : undefined;
}
