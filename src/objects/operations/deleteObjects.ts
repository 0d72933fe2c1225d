import type { Tx } from '../../records/database.ts';
import { deleteObject as removeObject, dropContent, findObject } from '../../records/tables/objects.ts';
import { mayDo } from '../access.ts';
import { readXmlBody } from '../body.ts';
import { objectFault } from '../faults.ts';
import type { Operation } from '../operation.ts';
import { encode } from '../request.ts';
import { elementsIn, parseXml, textIn, xmlAnswer } from '../xml.ts';

const MOST = 1000;

/** One that is not there is deleted in peace. */
export const deleteObject: Operation = {
  action: 'DeleteObject',
  method: 'DELETE',
  on: 'object',
  right: 'write',
  async run({ parts, key }, bucket) {
    await parts.blobsInUse.delete(await parts.database.write((tx) => remove(tx, bucket.name, key)));
    return { status: 204 };
  },
};

export const deleteObjects: Operation = {
  action: 'DeleteObject',
  method: 'POST',
  on: 'bucket',
  with: ['delete'],
  right: 'self',
  async run(call, bucket) {
    const { parts, dialect } = call;
    const body = parseXml(await readXmlBody(call), 'Delete');
    const asked = elementsIn(body, 'Object').map((item) => textIn(item, 'Key') ?? '');
    if (asked.length === 0 || asked.length > MOST || asked.includes('')) throw objectFault('MalformedXML');
    // A policy may say it of each key by itself.
    const denied = asked.filter((key) => !mayDo({ ...call, key }, bucket, { action: 'DeleteObject', right: 'write' }));
    // S3 deletes the others; OSS, which says nothing of a single one, none.
    if (denied.length > 0 && (dialect === 'oss' || denied.length === asked.length)) throw objectFault('AccessDenied');
    const keys = asked.filter((key) => !denied.includes(key));
    const unused = await parts.database.write(async (tx) => {
      const blobs: string[] = [];
      for (const key of keys) blobs.push(...(await remove(tx, bucket.name, key)));
      return blobs;
    });
    await parts.blobsInUse.delete(unused);
    const isUrl = call.parameters.get('encoding-type') === 'url';
    const isQuiet = textIn(body, 'Quiet') === 'true';
    const spell = isUrl ? encode : (key: string) => key;
    return xmlAnswer(dialect, 'DeleteResult', {
      ...(isUrl && { EncodingType: 'url' }),
      Deleted: isQuiet ? [] : keys.map((key) => ({ Key: spell(key) })),
      Error: denied.map((key) => ({ Key: spell(key), Code: 'AccessDenied', Message: 'Access Denied' })),
    });
  },
};

/** Answers the blobs that nothing needs any more. */
export async function remove(tx: Tx, bucket: string, key: string): Promise<string[]> {
  const row = await findObject(tx, bucket, key);
  if (!row) return [];
  await removeObject(tx, bucket, key);
  return dropContent(tx, row.contentId);
}
