import { createHmac } from 'node:crypto';
import { objectFault } from '../faults.ts';
import type { ObjectRequest } from '../request.ts';
import { isEqual } from './equal.ts';
import type { Scheme } from './signature.ts';

/** Parameters that are part of the signed resource. Source: OSS documentation, "Include signatures in the Authorization header". */
const SUB_RESOURCES = new Set(
  (
    'acl accessPoint append asyncFetch bucketInfo callback callback-var cname comp continuation-token cors delete encryption endTime group ' +
    'inventory inventoryId lifecycle link live location logging objectInfo objectMeta partNumber policy position qos referer ' +
    'regionList replication replicationLocation replicationProgress requestPayment resourceGroup response-cache-control response-content-disposition ' +
    'response-content-encoding response-content-language response-content-type response-expires restore security-token sequential ' +
    'startTime stat status style styleName symlink tagging transferAcceleration uploadId uploads versionId versioning versions vod website worm wormExtend ' +
    'wormId x-oss-async-process x-oss-process x-oss-request-payer x-oss-traffic-limit'
  ).split(' '),
);

/** `Authorization: OSS id:signature`, or `?OSSAccessKeyId=…&Expires=…&Signature=…`. */
export const ossV1: Scheme = (request) => {
  const { parameters, header } = request;
  const inHeader = /^OSS ([^:]+):(.+)$/.exec(header('authorization') ?? '');
  const inQuery = parameters.get('OSSAccessKeyId');
  if (!inHeader && inQuery === undefined) return null;
  const expires = parameters.get('Expires') ?? '';
  if (!inHeader && !/^\d{1,12}$/.test(expires)) throw objectFault('AccessDenied', 'Expires is missing or malformed.');
  const date = inHeader ? (request.own('date') ?? header('date') ?? '') : expires;
  const signedAt = inHeader ? Date.parse(date) : Number.NaN;
  if (inHeader && Number.isNaN(signedAt)) throw objectFault('AccessDenied', 'The Date header is missing or malformed.');
  const given = inHeader?.[2] ?? parameters.get('Signature') ?? '';
  return {
    accessKeyId: inHeader?.[1] ?? inQuery!,
    securityToken: request.own('security-token') ?? parameters.get('security-token'),
    signedAt,
    expiresAt: inHeader ? null : Number(expires) * 1000,
    regionId: null,
    payload: { kind: 'unsigned' },
    isBy(secret, bucket) {
      const text = stringToSign(request, date, bucket);
      return isEqual(given, createHmac('sha1', secret).update(text).digest('base64'));
    },
  };
};

function stringToSign(request: ObjectRequest, date: string, bucket: string): string {
  const { method, header, headerNames, parameters, key } = request;
  const own = headerNames()
    .filter((name) => name.startsWith('x-oss-'))
    .sort()
    .map((name) => `${name}:${header(name)!.trim()}\n`);
  const signed = [...parameters]
    .filter(([name]) => SUB_RESOURCES.has(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const resource = bucket === '' ? '/' : `/${bucket}/${key}`;
  return [
    method,
    header('content-md5') ?? '',
    header('content-type') ?? '',
    date,
    `${own.join('')}${resource}${signed.length > 0 ? `?${signed.join('&')}` : ''}`,
  ].join('\n');
}
