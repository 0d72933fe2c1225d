import type { Region } from '../../rules/regions.ts';
import type { Call } from '../call.ts';

/** Where a call's keys are. */
export interface Place {
  accountId: string;
  regionId: string;
  region: Region;
}

/** The cloud's name for it, or an operator's own under another domain. */
const HOST = /^kms(?:-vpc)?\.([a-z0-9-]+)\.[a-z]/i;

/** KMS's own requests name no region: the host that they are sent to does. One that came to our address may say it by RegionId. */
export function placeOf(call: Call, request: { regionId?: string }): Place {
  const region = call.region(HOST.exec(call.host)?.[1]?.toLowerCase() ?? request.regionId);
  return { accountId: call.accountId, regionId: region.regionId, region };
}
