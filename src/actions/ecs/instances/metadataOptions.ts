import type { InstanceRow } from '../../../records/tables/instances.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';

type Options = Pick<InstanceRow, 'httpEndpoint' | 'httpTokens' | 'httpHopLimit'>;

const AS_MADE: Options = { httpEndpoint: 'enabled', httpTokens: 'optional', httpHopLimit: 1 };
const MAX_HOPS = 64;

/** How a guest reaches the metadata service; what is not sent is as it was. */
export function readMetadataOptions(
  call: Call,
  request: { httpEndpoint?: string; httpTokens?: string; httpPutResponseHopLimit?: number },
  was: Options = AS_MADE,
): Options {
  const endpoint = oneOf(call, request.httpEndpoint, ['enabled', 'disabled'], 'InvalidHttpEndpoint.NotSupported');
  const tokens = oneOf(call, request.httpTokens, ['optional', 'required'], 'InvalidHttpTokens.NotSupported');
  const hops = request.httpPutResponseHopLimit ?? was.httpHopLimit;
  if (hops < 0 || hops > MAX_HOPS) throw call.error('InvalidHttpPutResponseHopLimit.NotSupported');
  return {
    httpEndpoint: endpoint ?? was.httpEndpoint,
    httpTokens: tokens ?? was.httpTokens,
    httpHopLimit: hops,
  };
}
