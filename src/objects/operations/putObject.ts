import { createHash } from 'node:crypto';
import {
  appendPart,
  findObject,
  insertParts,
  isContentShared,
  partsOf,
  saveObject,
} from '../../records/tables/objects.ts';
import { recorded, storeBody } from '../content.ts';
import { combineCrc64 } from '../crc64.ts';
import { objectFault } from '../faults.ts';
import { fieldsOf, quotedEtag } from '../objectFields.ts';
import type { Operation } from '../operation.ts';
import { checkOverwrite, replaceObject } from '../replaceObject.ts';

const MAX_OBJECT_BYTES = 48.8 * 1024 ** 4;

export const putObject: Operation = {
  action: 'PutObject',
  method: 'PUT',
  on: 'object',
  right: 'write',
  async run(call, bucket) {
    const { parts, key, dialect } = call;
    const fields = fieldsOf(call, bucket);
    const stored = await storeBody(call);
    const { blob, sizeBytes, md5: etag, crc64 } = stored;
    const row = {
      ...fields,
      bucket: bucket.name,
      key,
      contentId: parts.ids.text(32),
      sizeBytes,
      etag,
      crc64,
      type: 'Normal' as const,
      modifiedAt: parts.clock.now(),
    };
    const unused = await recorded(parts, blob, () =>
      parts.database.write(async (tx) => {
        await checkOverwrite(tx, call);
        return replaceObject(tx, row, [stored]);
      }),
    );
    await parts.blobsInUse.delete(unused);
    return {
      status: 200,
      headers: {
        etag: quotedEtag(etag, dialect),
        ...(dialect === 'oss' && { 'x-oss-hash-crc64ecma': crc64 }),
        ...checksumHeaders(call),
      },
    };
  },
};

/** S3 clients look for the checksum that they sent. It was found right. */
function checksumHeaders({ dialect, headerNames, header }: Parameters<Operation['run']>[0]): Record<string, string> {
  if (dialect === 'oss') return {};
  const names = headerNames().filter((name) => /^x-amz-checksum-(?:crc32c?|crc64nvme|sha1|sha256)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, header(name)!]));
}

/** OSS's growing object: each piece becomes a part of its content. */
export const appendObject: Operation = {
  action: 'AppendObject',
  method: 'POST',
  on: 'object',
  with: ['append', 'position'],
  right: 'write',
  async run(call, bucket) {
    const { parts, key, parameters } = call;
    const position = Number(parameters.get('position'));
    if (!Number.isSafeInteger(position) || position < 0) throw objectFault('InvalidArgument', 'position.');
    const fields = fieldsOf(call, bucket);
    const { blob, sizeBytes, md5, crc64 } = await storeBody(call);
    const row = await recorded(parts, blob, () =>
      parts.database.write(async (tx) => {
        const old = await findObject(tx, bucket.name, key);
        if (old && old.type !== 'Appendable') throw objectFault('ObjectNotAppendable');
        const length = old?.sizeBytes ?? 0;
        if (position !== length) {
          throw objectFault('PositionNotEqualToLength', '', { 'x-oss-next-append-position': String(length) });
        }
        if (length + sizeBytes > MAX_OBJECT_BYTES) throw objectFault('EntityTooLarge');
        const modifiedAt = parts.clock.now();
        if (!old) {
          const contentId = parts.ids.text(32);
          const first = { ...fields, bucket: bucket.name, key, contentId, sizeBytes, etag: md5, crc64, modifiedAt };
          await replaceObject(tx, { ...first, type: 'Appendable' }, [{ blob, sizeBytes }]);
          return first;
        }
        let { contentId } = old;
        // Copies made of it keep what it was: its content is its own from now on.
        if (await isContentShared(tx, contentId)) {
          contentId = parts.ids.text(32);
          const whole = await partsOf(tx, old.contentId);
          await insertParts(
            tx,
            whole.map((part) => ({ ...part, contentId })),
          );
        }
        await appendPart(tx, { contentId, blob, sizeBytes });
        const grown = {
          ...old,
          contentId,
          sizeBytes: length + sizeBytes,
          // Another one, although the same was appended twice: it stands for the whole.
          etag: createHash('md5').update(`${old.etag}-${md5}`).digest('hex'),
          crc64: combineCrc64(old.crc64, crc64, sizeBytes),
          modifiedAt,
        };
        await saveObject(tx, grown);
        return grown;
      }),
    );
    return {
      status: 200,
      headers: {
        etag: quotedEtag(row.etag, 'oss'),
        'x-oss-hash-crc64ecma': row.crc64,
        'x-oss-next-append-position': String(row.sizeBytes),
      },
    };
  },
};
