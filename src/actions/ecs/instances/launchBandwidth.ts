import type { InstanceRow } from '../../../records/tables/instances.ts';
import type { Call } from '../../call.ts';
import type { LaunchRequest } from './launchRequest.ts';

/** Of the public interface, Mbit/s. */
export interface Bandwidth {
  chargeType: InstanceRow['internetChargeType'];
  in: number;
  out: number;
}

const MAX_OUT = 100;
/** Inbound is free up to the larger of this and what goes out. */
const FREE_IN = 10;
/** Older clients send up to this; more than is given for free is cut. */
const MAX_IN = 200;

type Words = Pick<LaunchRequest, 'internetChargeType' | 'internetMaxBandwidthIn' | 'internetMaxBandwidthOut'>;

export function readBandwidth(call: Call, request: Words): Bandwidth {
  const { internetChargeType = 'PayByTraffic', internetMaxBandwidthOut: out = 0 } = request;
  if (internetChargeType !== 'PayByTraffic' && internetChargeType !== 'PayByBandwidth') {
    throw call.error('InvalidInternetChargeType.ValueNotSupported', { about: 'is not valid' });
  }
  if (out < 0 || out > MAX_OUT) throw call.error('InvalidParameter', { about: 'InternetMaxBandwidthOut' });
  const free = Math.max(FREE_IN, out);
  const wanted = request.internetMaxBandwidthIn ?? free;
  if (wanted < 1 || wanted > MAX_IN) {
    throw call.error('InvalidParameter.Bandwidth', { values: ['InternetMaxBandwidthIn is out of range.'] });
  }
  return { chargeType: internetChargeType, in: Math.min(wanted, free), out };
}
