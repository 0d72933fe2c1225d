import { createHash } from 'node:crypto';
import type { Db } from '../../records/database.ts';
import { partsOf } from '../../records/tables/objects.ts';
import {
  deleteUpload,
  findUpload,
  insertUpload,
  savePart,
  uploadParts,
  type UploadPartRow,
  type UploadRow,
} from '../../records/tables/uploads.ts';
import { readXmlBody } from '../body.ts';
import { MAX_BODY_BYTES, readContent, recorded, storeBody, storeStream, type StoredContent } from '../content.ts';
import { combineCrc64 } from '../crc64.ts';
import { objectFault } from '../faults.ts';
import { fieldsOf, plainEtag, quotedEtag } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import type { ObjectCall } from '../parts.ts';
import { checkOverwrite, replaceObject } from '../replaceObject.ts';
import { elementsIn, parseXml, textIn, xmlAnswer } from '../xml.ts';
import { sourceOf } from './copyObject.ts';

const MAX_PARTS = 10_000;
/** Of each part but the last. Source: OSS documentation, "Multipart upload": 100 KB; S3's 5 MiB is not asked for. */
const MIN_PART_BYTES = 100 * 1024;

export const initiateUpload: Operation = {
  action: 'PutObject',
  method: 'POST',
  on: 'object',
  with: ['uploads'],
  right: 'write',
  async run(call, bucket) {
    const { parts, key, dialect } = call;
    const id = parts.ids.text(32).toUpperCase();
    const row: UploadRow = {
      ...fieldsOf(call, bucket),
      id,
      bucket: bucket.name,
      key,
      accountId: call.account?.id ?? bucket.accountId,
      createdAt: parts.clock.now(),
    };
    await parts.database.write((tx) => insertUpload(tx, row));
    return xmlAnswer(dialect, 'InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: id });
  },
};

/** The upload that `uploadId` names. */
async function uploadOf(db: Db, { parameters, bucket, key }: ObjectCall): Promise<UploadRow> {
  const upload = await findUpload(db, { id: parameters.get('uploadId') ?? '', bucket, key });
  if (!upload) throw objectFault('NoSuchUpload');
  return upload;
}

function partNumberOf({ parameters }: ObjectCall): number {
  const number = Number(parameters.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw objectFault('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive.`);
  }
  return number;
}

async function keepPart(call: ObjectCall, stored: StoredContent): Promise<UploadPartRow> {
  const { parts } = call;
  const number = partNumberOf(call);
  const { blob, sizeBytes, md5: etag, crc64 } = stored;
  let row!: UploadPartRow;
  const old = await recorded(parts, blob, () =>
    parts.database.write(async (tx) => {
      // It may have been aborted or completed while the body came.
      const { id: uploadId } = await uploadOf(tx, call);
      row = { uploadId, number, blob, sizeBytes, etag, crc64, modifiedAt: parts.clock.now() };
      return savePart(tx, row);
    }),
  );
  await parts.blobsInUse.delete(old === null ? [] : [old]);
  return row;
}

export const uploadPart: Operation = {
  action: 'PutObject',
  method: 'PUT',
  on: 'object',
  with: ['partNumber', 'uploadId'],
  right: 'write',
  async run(call) {
    partNumberOf(call);
    await uploadOf(call.parts.database.read, call);
    const { etag, crc64 } = await keepPart(call, await storeBody(call));
    const { dialect } = call;
    return {
      status: 200,
      headers: { etag: quotedEtag(etag, dialect), ...(dialect === 'oss' && { 'x-oss-hash-crc64ecma': crc64 }) },
    };
  },
};

export const uploadPartCopy: Operation = {
  action: 'PutObject',
  method: 'PUT',
  on: 'object',
  with: ['partNumber', 'uploadId'],
  header: 'copy-source',
  right: 'write',
  async run(call) {
    partNumberOf(call);
    const { parts, dialect } = call;
    await uploadOf(parts.database.read, call);
    const source = await sourceOf(call);
    const { offset, length } = rangeOf(call.own('copy-source-range'), source.sizeBytes);
    if (length > MAX_BODY_BYTES) throw objectFault('EntityTooLarge');
    const content = await partsOf(parts.database.read, source.contentId);
    const row = await keepPart(
      call,
      await storeStream(parts, readContent(parts, content, offset, length), { lengthBytes: length }),
    );
    return xmlAnswer(dialect, 'CopyPartResult', {
      LastModified: new Date(row.modifiedAt).toISOString(),
      ETag: quotedEtag(row.etag, dialect),
    });
  },
};

function rangeOf(text: string | undefined, sizeBytes: number): { offset: number; length: number } {
  if (text === undefined) return { offset: 0, length: sizeBytes };
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  const [offset, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || last < offset || last >= sizeBytes)
    throw objectFault('InvalidArgument', 'The range of the source is none.');
  return { offset, length: last - offset + 1 };
}

/** The parts that the body names become the object; others go. */
export const completeUpload: Operation = {
  action: 'PutObject',
  method: 'POST',
  on: 'object',
  with: ['uploadId'],
  right: 'write',
  async run(call, bucket) {
    const { parts, key, dialect } = call;
    const text = await readXmlBody(call);
    const isAll = call.own('complete-all')?.toLowerCase() === 'yes';
    const wanted = isAll ? null : wantedParts(text);
    const { row, unused } = await parts.database.write(async (tx) => {
      const upload = await uploadOf(tx, call);
      const present = await uploadParts(tx, upload.id);
      const chosen = wanted ? choose(wanted, present) : present;
      if (chosen.length === 0) throw objectFault('InvalidPart');
      for (const { sizeBytes } of chosen.slice(0, -1)) {
        if (sizeBytes < MIN_PART_BYTES)
          throw objectFault('EntityTooSmall', '', { MinSizeAllowed: String(MIN_PART_BYTES) });
      }
      await checkOverwrite(tx, call);
      const { acl, storageClass, headers, tags } = upload;
      const object = {
        bucket: bucket.name,
        key,
        contentId: parts.ids.text(32),
        ...summaryOf(chosen),
        type: 'Multipart' as const,
        acl,
        storageClass,
        headers,
        tags,
        modifiedAt: parts.clock.now(),
      };
      const replaced = await replaceObject(tx, object, chosen);
      const blobs = new Set(await deleteUpload(tx, upload.id));
      for (const { blob } of chosen) blobs.delete(blob);
      return { row: object, unused: [...replaced, ...blobs] };
    });
    await parts.blobsInUse.delete(unused);
    return xmlAnswer(
      dialect,
      'CompleteMultipartUploadResult',
      {
        Location: `http://${call.host}${call.path}`,
        Bucket: bucket.name,
        Key: key,
        ETag: quotedEtag(row.etag, dialect),
        ...(dialect === 'oss' && { EncodingType: '' }),
      },
      dialect === 'oss' ? { 'x-oss-hash-crc64ecma': row.crc64 } : {},
    );
  },
};

function wantedParts(text: string): { number: number; etag: string }[] {
  const body = parseXml(text, 'CompleteMultipartUpload');
  const wanted = elementsIn(body, 'Part').map((part) => ({
    number: Number(textIn(part, 'PartNumber')),
    etag: plainEtag(textIn(part, 'ETag')?.trim() ?? ''),
  }));
  if (wanted.length === 0 || wanted.length > MAX_PARTS) throw objectFault('MalformedXML');
  for (const [at, { number }] of wanted.entries()) {
    if (!Number.isInteger(number)) throw objectFault('MalformedXML');
    if (at > 0 && number <= wanted[at - 1]!.number) throw objectFault('InvalidPartOrder');
  }
  return wanted;
}

function choose(
  wanted: readonly { number: number; etag: string }[],
  present: readonly UploadPartRow[],
): UploadPartRow[] {
  const byNumber = new Map(present.map((part) => [part.number, part]));
  return wanted.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (!part || part.etag !== etag) throw objectFault('InvalidPart', '', { PartNumber: String(number) });
    return part;
  });
}

function summaryOf(parts: readonly UploadPartRow[]): { sizeBytes: number; etag: string; crc64: string } {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
  return {
    sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    etag: `${md5.digest('hex')}-${parts.length}`,
    crc64: parts.reduce((crc, part) => combineCrc64(crc, part.crc64, part.sizeBytes), '0'),
  };
}

export const abortUpload: Operation = {
  action: 'AbortMultipartUpload',
  method: 'DELETE',
  on: 'object',
  with: ['uploadId'],
  right: 'write',
  async run(call) {
    const { parts } = call;
    const unused = await parts.database.write(async (tx) => deleteUpload(tx, (await uploadOf(tx, call)).id));
    await parts.blobsInUse.delete(unused);
    return { status: 204 };
  },
};
