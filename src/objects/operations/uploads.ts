import { listUploads, findUpload, uploadParts } from '../../records/tables/uploads.ts';
import { objectFault } from '../faults.ts';
import { quotedEtag } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectCall } from '../parts.ts';
import { encode } from '../request.ts';
import { xmlAnswer } from '../xml.ts';

const MOST = 1000;

function mostOf({ parameters }: ObjectCall, name: string): number {
  const most = Number(parameters.get(name) || MOST);
  if (!Number.isInteger(most) || most < 1) throw objectFault('InvalidArgument', `${name}.`);
  return Math.min(most, MOST);
}

const spelling = ({ parameters }: ObjectCall) =>
  parameters.get('encoding-type') === 'url' ? encode : (text: string) => text;

export const listParts: Operation = {
  action: 'ListParts',
  method: 'GET',
  on: 'object',
  with: ['uploadId'],
  right: 'owner',
  async run(call, bucket) {
    const { parts, parameters, dialect, key } = call;
    const upload = await findUpload(parts.database.read, { id: parameters.get('uploadId')!, bucket: bucket.name, key });
    if (!upload) throw objectFault('NoSuchUpload');
    const most = mostOf(call, 'max-parts');
    const after = Number(parameters.get('part-number-marker') || 0);
    const rows = await uploadParts(parts.database.read, upload.id, { after, limit: most + 1 });
    const shown = rows.slice(0, most);
    const owner = { ID: upload.accountId, DisplayName: upload.accountId };
    return xmlAnswer(dialect, 'ListPartsResult', {
      Bucket: bucket.name,
      Key: spelling(call)(key),
      UploadId: upload.id,
      StorageClass: upload.storageClass,
      PartNumberMarker: after,
      NextPartNumberMarker: shown.at(-1)?.number ?? 0,
      MaxParts: most,
      IsTruncated: rows.length > most,
      ...(dialect === 's3' && { Initiator: owner, Owner: owner }),
      Part: shown.map(({ number, modifiedAt, etag, sizeBytes, crc64 }) => ({
        PartNumber: number,
        LastModified: new Date(modifiedAt).toISOString(),
        ETag: quotedEtag(etag, dialect),
        ...(dialect === 'oss' && { HashCrc64ecma: crc64 }),
        Size: sizeBytes,
      })),
    });
  },
};

export const listMultipartUploads: Operation = {
  action: 'ListMultipartUploads',
  method: 'GET',
  on: 'bucket',
  with: ['uploads'],
  right: 'owner',
  async run(call, bucket) {
    const { parts, parameters, dialect } = call;
    const most = mostOf(call, 'max-uploads');
    const prefix = parameters.get('prefix') ?? '';
    const delimiter = parameters.get('delimiter') ?? '';
    const keyMarker = parameters.get('key-marker') ?? '';
    const idMarker = parameters.get('upload-id-marker') ?? '';
    // Without an id, the uploads of the marker's own key have been shown.
    const after = { key: keyMarker, id: idMarker || (keyMarker ? '\u{10ffff}' : '') };
    const rows = await listUploads(parts.database.read, { bucket: bucket.name, prefix, after, limit: most + 1 });
    const shown = rows.slice(0, most);
    const spell = spelling(call);
    const commonOf = (key: string) => {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      return end < 0 ? null : key.slice(0, end + delimiter.length);
    };
    const common = new Set(shown.flatMap(({ key }) => commonOf(key) ?? []));
    return xmlAnswer(dialect, 'ListMultipartUploadsResult', {
      Bucket: bucket.name,
      ...(parameters.get('encoding-type') === 'url' && { EncodingType: 'url' }),
      KeyMarker: spell(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: spell(shown.at(-1)?.key ?? ''),
      NextUploadIdMarker: shown.at(-1)?.id ?? '',
      Delimiter: spell(delimiter),
      Prefix: spell(prefix),
      MaxUploads: most,
      IsTruncated: rows.length > most,
      Upload: shown
        .filter(({ key }) => commonOf(key) === null)
        .map(({ key, id, storageClass, createdAt, accountId }) => ({
          Key: spell(key),
          UploadId: id,
          ...(dialect === 's3' && {
            Initiator: { ID: accountId, DisplayName: accountId },
            Owner: { ID: accountId, DisplayName: accountId },
          }),
          StorageClass: storageClass,
          Initiated: new Date(createdAt).toISOString(),
        })),
      CommonPrefixes: [...common].map((each) => ({ Prefix: spell(each) })),
    });
  },
};
