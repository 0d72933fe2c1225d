import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import fc from 'fast-check';
import { loadModel } from '../contract/sdk.ts';
import { toXml } from '../base/xml.ts';
import { encodeResponse } from './encode.ts';

test('fields get their wire names, at every depth; absent ones are left out', () => {
  const model = loadModel('Ecs', 'DescribeImagesResponseBody');
  const encoded = encodeResponse(model, {
    totalCount: 1,
    images: {
      image: [{ imageId: 'm-1', OSName: undefined, isCopied: false, tags: { tag: [{ tagKey: 'k', tagValue: '' }] } }],
    },
  });
  assert.equal(encoded['TotalCount'], 1);
  const [image] = (encoded['Images'] as { Image: Record<string, unknown>[] }).Image;
  assert.deepEqual(
    [image!['ImageId'], image!['IsCopied'], image!['Tags']],
    ['m-1', false, { Tag: [{ TagKey: 'k', TagValue: '' }] }],
  );
  assert.equal('OSName' in image!, false);
});

test('a list that is absent is sent empty, in its wrapper', () => {
  assert.deepEqual(encodeResponse(loadModel('Ecs', 'DescribeImagesResponseBody'), {})['Images'], { Image: [] });
  const instance = (
    encodeResponse(loadModel('Ecs', 'DescribeInstancesResponseBody'), { instances: { instance: [{}] } })[
      'Instances'
    ] as { Instance: object[] }
  ).Instance[0];
  assert.deepEqual((instance as Record<string, unknown>)['PublicIpAddress'], { IpAddress: [] });
});

test('XML repeats the element of a list, and says the same as JSON', () => {
  const body = {
    RequestId: 'R',
    Flag: true,
    Count: 3,
    Images: {
      Image: [
        { Id: 'a', Tags: { Tag: [] } },
        { Id: 'b', Tags: { Tag: [{ K: 'x' }] } },
      ],
    },
  };
  const xml = toXml('DescribeImagesResponse', body);
  assert.equal(
    xml,
    "<?xml version='1.0' encoding='UTF-8'?><DescribeImagesResponse><RequestId>R</RequestId><Flag>true</Flag><Count>3</Count><Images><Image><Id>a</Id><Tags></Tags></Image><Image><Id>b</Id><Tags><Tag><K>x</K></Tag></Tags></Image></Images></DescribeImagesResponse>",
  );
});

test('any text survives XML, but for what XML has no way to say', () => {
  // oxlint-disable-next-line no-control-regex
  const unsayable = /[\0-\x08\x0b-\x1f\ufffe\uffff]/;
  const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: false });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(!unsayable.test(text));
      const parsed = parser.parse(toXml('A', { B: text })) as { A: { B: string } };
      assert.equal(parsed.A.B, text);
    }),
  );
  assert.equal(
    toXml('A', { B: 'a\0b\x1f\r<&>"\'' }),
    "<?xml version='1.0' encoding='UTF-8'?><A><B>a\ufffdb\ufffd&#13;&lt;&amp;&gt;&quot;&apos;</B></A>",
  );
});
