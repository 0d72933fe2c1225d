import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import type { World } from '../world.ts';
import { tongjing } from './commands.ts';

test('image list shows a copy that is cancelled while it asks', async (context) => {
  await using images = await createImageWorld();
  const { world, operator } = images;
  const imageId = await images.image(operator);
  const release = world.plane.hold('copy');
  const place = { regionId: 'cn-hangzhou', destinationRegionId: 'cn-beijing' };
  const { body } = await world.ecs().copyImage(new sdk.CopyImageRequest({ ...place, imageId }));
  const cancel = new sdk.CancelCopyImageRequest({ regionId: 'cn-beijing', imageId: body!.imageId! });

  // In between: the service, but that the copy is cancelled before its progress is told.
  const between = createServer(async (request, response) => {
    if (request.headers['x-acs-action'] === 'DescribeCopyProgress') {
      await world.ecs().cancelCopyImage(cancel);
      release();
      await world.settled();
    }
    const { method, url, headers } = request;
    const passed = httpRequest(world.endpoint, { method, path: url, headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode!));
    });
    request.pipe(passed);
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  context.after(() => between.close());
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-cli-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['operator.token', 'credentials.json']) {
    writeFileSync(join(folder, name), readFileSync(join(world.dataDir, name)));
  }
  const announced = JSON.parse(readFileSync(join(world.dataDir, 'service.json'), 'utf8')) as object;
  const endpoint = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'service.json'), JSON.stringify({ ...announced, endpoint }));

  const ran = await tongjing({ ...world, dataDir: folder } as World, ['image', 'list', '--region', 'cn-beijing']);
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, new RegExp(`${body!.imageId} .*Creating`));
});
