import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { test } from 'node:test';
import { download, type Download, type DownloadOptions } from './download.ts';
import { isPublicAddress } from './publicAddress.ts';

const CONTENT = Buffer.alloc(3_000_000, 'bytes of a disk; ');
const sha256 = createHash('sha256').update(CONTENT).digest('hex');

type Serve = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on the loopback, and what is asked of it. */
async function serving(serve: Serve) {
  const folder = await mkdtemp(join(tmpdir(), 'tongjing-download-'));
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => serve(request, response, asked.push(request)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/disk.raw`;
  let count = 0;
  return {
    port,
    url,
    asked,
    async get(wish: Partial<Download> = {}, options: Partial<DownloadOptions> = {}): Promise<Buffer> {
      const wanted = { url, sha256, mostBytes: 2 ** 30, allowPrivate: true, followRedirects: false, ...wish };
      const into = join(folder, String(count++));
      const { signal } = new AbortController();
      await download(wanted, { into, signal, onProgress() {}, pauseMs: 0, ...options });
      return readFileSync(into);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true });
    },
  };
}

const whole: Serve = (_, response) => void response.end(CONTENT);
const HEADERS = { 'accept-ranges': 'bytes', etag: '"one"' };

/** Sends what is asked for, and drops the connection after so many bytes of the file. */
function dropping(headers: Record<string, string>, ...ends: number[]): Serve {
  return (request, response, count) => {
    const end = ends[count - 1] ?? CONTENT.length;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const isSame = request.headers['if-range'] === headers['etag'];
    const start = range !== undefined && isSame ? Number(range) : 0;
    const content =
      range !== undefined && isSame
        ? { 'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` }
        : {};
    response.writeHead('content-range' in content ? 206 : 200, {
      ...headers,
      ...content,
      'content-length': CONTENT.length - start,
    });
    response.write(CONTENT.subarray(start, end), () => end < CONTENT.length && response.destroy());
    if (end >= CONTENT.length) response.end();
  };
}

test('a whole file arrives, and how far it is', async () => {
  await using server = await serving((_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.end(CONTENT);
  });
  let last = { doneBytes: 0, totalBytes: 0 };
  assert.ok((await server.get({}, { onProgress: (progress) => void (last = progress) })).equals(CONTENT));
  assert.deepEqual(last, { doneBytes: CONTENT.length, totalBytes: CONTENT.length });
});

test('a dropped connection is taken up where it ended, as long as the file is the same one', async () => {
  await using server = await serving(dropping(HEADERS, 1_000_000, 2_000_000));
  assert.ok((await server.get()).equals(CONTENT));
  const [first, ...later] = server.asked.map(({ headers }) => headers);
  assert.equal(first?.range, undefined);
  assert.equal(later.length, 2);
  for (const { range, 'if-range': tag } of later) {
    assert.match(range!, /^bytes=[1-9]\d*-$/);
    assert.equal(tag, '"one"');
  }
});

test('without ranges, or where the file became another, it begins anew', async () => {
  for (const headers of [
    { etag: '"one"' },
    { 'accept-ranges': 'bytes', etag: 'W/"weak"' },
    { 'accept-ranges': 'bytes' },
  ] as Record<string, string>[]) {
    await using server = await serving(dropping(headers, 1_000_000));
    assert.ok((await server.get()).equals(CONTENT));
    assert.deepEqual(
      server.asked.map((request) => request.headers.range),
      [undefined, undefined],
    );
  }
  await using server = await serving((_, response, count) => {
    const etag = count === 1 ? '"old"' : '"new"';
    const body = count === 1 ? Buffer.alloc(1_000_000, 'other bytes ') : CONTENT;
    response.writeHead(200, { 'accept-ranges': 'bytes', etag, 'content-length': CONTENT.length });
    response.write(body, () => count === 1 && response.destroy());
    if (count > 1) response.end();
  });
  assert.ok((await server.get()).equals(CONTENT));
  assert.equal(server.asked.length, 2);
});

test('what brings nothing again and again is given up; what is refused is refused at once', async () => {
  await using silent = await serving((request) => void request.socket.destroy());
  await assert.rejects(silent.get(), { code: 'DownloadFailed' });
  assert.equal(silent.asked.length, 5);
  await using broken = await serving((_, response) => void response.writeHead(503).end());
  await assert.rejects(broken.get(), { code: 'DownloadFailed', message: /503/ });
  await using missing = await serving((_, response) => void response.writeHead(404).end());
  await assert.rejects(missing.get(), { code: 'DownloadFailed', message: /answers 404/ });
  assert.equal(missing.asked.length, 1);
  // It speaks no TLS.
  await assert.rejects(missing.get({ url: `https://127.0.0.1:${missing.port}/` }), { code: 'DownloadFailed' });
});

test('another checksum, and more bytes than are allowed, announced or not', async () => {
  await using server = await serving(whole);
  await assert.rejects(server.get({ sha256: '0'.repeat(64) }), {
    code: 'ChecksumMismatch',
    message: new RegExp(sha256),
  });
  await assert.rejects(server.get({ mostBytes: CONTENT.length - 1 }), { code: 'FileTooLarge' });
  assert.ok((await server.get({ mostBytes: CONTENT.length, sha256: sha256.toUpperCase() })).equals(CONTENT));
  await using endless = await serving((_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    const forever = function* () {
      for (;;) yield CONTENT;
    };
    pipeline(Readable.from(forever()), response, () => {});
  });
  await assert.rejects(endless.get({ mostBytes: 10_000_000 }), { code: 'FileTooLarge' });
});

test('redirects are followed when told, and not for ever, and to no other protocol', async () => {
  await using server = await serving((request, response) => {
    const target = { '/away': '/disk.raw', '/round': '/round', '/file': 'file:///etc/passwd', '/none': '' }[
      request.url ?? ''
    ];
    if (target === undefined) response.end(CONTENT);
    else response.writeHead(302, target === '' ? {} : { location: target }).end();
  });
  const at = (path: string) => server.url.replace('/disk.raw', path);
  await assert.rejects(server.get({ url: at('/away') }), {
    code: 'RedirectRefused',
    message: /not followed unless told/,
  });
  assert.ok((await server.get({ url: at('/away'), followRedirects: true })).equals(CONTENT));
  for (const path of ['/round', '/file', '/none'])
    await assert.rejects(server.get({ url: at(path), followRedirects: true }), { code: 'RedirectRefused' }, path);
});

test('no address but a public one is connected to, however it is written and whatever a name becomes', async () => {
  await using server = await serving(whole);
  const hosts = [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.1.2.3',
    '100.100.100.200',
    '[fe80::1]',
    '[fd00::1]',
  ];
  for (const host of hosts)
    await assert.rejects(
      server.get({ url: `http://${host}:${server.port}/`, allowPrivate: false }),
      { code: 'AddressRefused' },
      host,
    );
  const loopback = { address: '127.0.0.1', family: 4 };
  const url = `http://disks.example:${server.port}/`;
  // One of several is enough: which one is connected to is chosen later.
  const resolve = async () => [{ address: '93.184.216.34', family: 4 }, loopback];
  await assert.rejects(server.get({ url, allowPrivate: false }, { resolve }), { code: 'AddressRefused' });
  assert.equal(server.asked.length, 0);

  // A name is resolved once for a connection, which goes to what was found, also where a second answer would be another.
  let resolved = 0;
  const once = async () => (resolved++ === 0 ? [loopback] : [{ address: '203.0.113.1', family: 4 }]);
  assert.ok((await server.get({ url }, { resolve: once })).equals(CONTENT));
  assert.equal(resolved, 1);
});

test('a redirect and a resumption are looked at like the first connection', async () => {
  const loopback = [{ address: '127.0.0.1', family: 4 }];
  await using server = await serving(
    (_, response) => void response.writeHead(302, { location: 'http://127.0.0.2/' }).end(),
  );
  let resolved = 0;
  const resolve = async () => {
    resolved++;
    return loopback;
  };
  const url = `http://disks.example:${server.port}/`;
  await assert.rejects(server.get({ url, followRedirects: true, allowPrivate: true }, { resolve, pauseMs: 0 }), {
    code: 'DownloadFailed',
  });
  assert.ok(resolved > 1);
});

test('it ends when it is told to', async () => {
  const asked = Promise.withResolvers<void>();
  await using server = await serving((_, response) => {
    response.write(CONTENT.subarray(0, 1000));
    asked.resolve();
  });
  const ending = new AbortController();
  const getting = server.get({}, { signal: ending.signal });
  await asked.promise;
  ending.abort(new Error('enough'));
  await assert.rejects(getting, { message: 'enough' });
});

test('public addresses', () => {
  for (const address of ['93.184.216.34', '8.8.8.8', '2606:4700::1111', '2001:4860:4860::8888'])
    assert.ok(isPublicAddress(address), address);
  for (const address of [
    '0.0.0.0',
    '192.168.1.1',
    '172.31.0.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'ff02::1',
    'name',
  ])
    assert.ok(!isPublicAddress(address), address);
});
