import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeOption } from './client.ts';
import { createHandshake, type Handshake, type HandshakeStep } from './handshake.ts';
import { ALLOCATION_CONTEXT, Info, MAX_OPTION_BYTES, Option, OptionReply } from './wire.ts';

const SIZE = 5 * 2 ** 40;
const FLAGS = 0x25;
const start = () => createHandshake(() => ({ sizeBytes: SIZE, flags: FLAGS }));
const none = Buffer.alloc(0);

function uint(bytes: number, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** Says fixed newstyle without zeroes, then `bytes`. */
function open(flags = 3): Handshake {
  const handshake = start();
  assert.equal(handshake.greeting.toString('hex'), '4e42444d4147494349484156454f50540003');
  assert.deepEqual(handshake.feed(uint(4, flags)), { reply: none, outcome: 'more', rest: none });
  return handshake;
}

function replies(step: HandshakeStep): { option: number; type: number; body: Buffer }[] {
  const found = [];
  for (let at = 0; at < step.reply.length;) {
    assert.equal(step.reply.toString('hex', at, at + 8), '0003e889045565a9');
    const length = step.reply.readUInt32BE(at + 16);
    const body = step.reply.subarray(at + 20, at + 20 + length);
    found.push({ option: step.reply.readUInt32BE(at + 8), type: step.reply.readUInt32BE(at + 12), body });
    at += 20 + length;
  }
  return found;
}

const types = (step: HandshakeStep) => replies(step).map(({ type }) => type);
const infoRequest = (name: string, infos: number[] = []) =>
  Buffer.concat([
    uint(4, name.length),
    Buffer.from(name),
    uint(2, infos.length),
    ...infos.map((info) => uint(2, info)),
  ]);
const contextRequest = (name: string, queries: string[]) =>
  Buffer.concat([
    uint(4, name.length),
    Buffer.from(name),
    uint(4, queries.length),
    ...queries.flatMap((query) => [uint(4, query.length), Buffer.from(query)]),
  ]);

test('GO tells the size, the flags and the block sizes, and opens', () => {
  const handshake = open();
  const asked = handshake.feed(
    Buffer.concat([
      encodeOption(Option.go, infoRequest('', [Info.name, Info.blockSize])),
      Buffer.from('first request'),
    ]),
  );
  assert.equal(asked.outcome, 'ask');
  const step = handshake.admit(null);
  assert.equal(step.outcome, 'open');
  assert.equal(step.rest.toString(), 'first request');
  assert.deepEqual(
    replies(step).map(({ type, body }) => [type, body.toString('hex')]),
    [
      [OptionReply.info, `0000${SIZE.toString(16).padStart(16, '0')}0025`],
      [OptionReply.info, '0001'],
      [OptionReply.info, '0003000000010000100002000000'],
      [OptionReply.ack, ''],
    ],
  );
});

test('who is not let in hears why, and may go on talking', () => {
  const handshake = open();
  assert.equal(handshake.feed(encodeOption(Option.go, infoRequest(''))).outcome, 'ask');
  const refused = handshake.admit('another client');
  assert.equal(refused.outcome, 'more');
  assert.deepEqual(types(refused), [OptionReply.errorPolicy]);
  assert.equal(replies(refused)[0]!.body.toString(), 'another client');
  assert.deepEqual(types(handshake.feed(encodeOption(Option.info, infoRequest('')))), [
    OptionReply.info,
    OptionReply.info,
    OptionReply.ack,
  ]);
});

test('EXPORT_NAME opens with or without its zeroes; a refusal hangs up', () => {
  const short = open();
  assert.equal(short.feed(encodeOption(Option.exportName, none)).outcome, 'ask');
  assert.equal(short.admit(null).reply.length, 10);
  const old = open(1);
  assert.equal(old.feed(encodeOption(Option.exportName, none)).outcome, 'ask');
  assert.equal(old.admit(null).reply.length, 134);
  const refused = open();
  refused.feed(encodeOption(Option.exportName, none));
  assert.deepEqual(refused.admit('no'), { reply: none, outcome: 'end', rest: none });
  assert.equal(open().feed(encodeOption(Option.exportName, Buffer.from('other'))).outcome, 'end');
});

test('LIST names the one export; ABORT ends', () => {
  const handshake = open();
  assert.deepEqual(types(handshake.feed(encodeOption(Option.list, none))), [OptionReply.server, OptionReply.ack]);
  const step = handshake.feed(encodeOption(Option.abort, none));
  assert.equal(step.outcome, 'end');
  assert.deepEqual(types(step), [OptionReply.ack]);
});

test('metadata contexts: after structured replies, base:allocation alone', () => {
  const handshake = open();
  const set = (name: string, queries: string[]) =>
    handshake.feed(encodeOption(Option.setMetaContext, contextRequest(name, queries)));
  const list = (queries: string[]) => handshake.feed(encodeOption(Option.listMetaContext, contextRequest('', queries)));
  assert.deepEqual(types(set('', [ALLOCATION_CONTEXT])), [OptionReply.errorInvalid]);
  assert.deepEqual(types(handshake.feed(encodeOption(Option.structuredReply, none))), [OptionReply.ack]);
  assert.equal(handshake.agreement.structuredReplies, true);

  assert.deepEqual(types(set('', ['qemu:dirty-bitmap', ALLOCATION_CONTEXT])), [
    OptionReply.metaContext,
    OptionReply.ack,
  ]);
  assert.equal(handshake.agreement.allocationContext, true);
  assert.deepEqual(types(set('', ['base:'])), [OptionReply.ack]);
  assert.equal(handshake.agreement.allocationContext, false);
  set('', [ALLOCATION_CONTEXT]);
  assert.deepEqual(types(set('other', [ALLOCATION_CONTEXT])), [OptionReply.errorUnknown]);
  assert.equal(handshake.agreement.allocationContext, false);

  for (const queries of [[], ['base:'], [ALLOCATION_CONTEXT]])
    assert.deepEqual(types(list(queries)), [OptionReply.metaContext, OptionReply.ack]);
  assert.deepEqual(types(list(['qemu:'])), [OptionReply.ack]);
  assert.equal(handshake.agreement.allocationContext, false);
});

test('what is malformed or unknown is refused by its kind', () => {
  const cases: [number, Buffer, number][] = [
    [Option.list, Buffer.from('x'), OptionReply.errorInvalid],
    [Option.structuredReply, Buffer.from('x'), OptionReply.errorInvalid],
    [Option.go, none, OptionReply.errorInvalid],
    [Option.go, infoRequest('').subarray(0, 5), OptionReply.errorInvalid],
    [Option.go, Buffer.concat([infoRequest(''), none, Buffer.from('x')]), OptionReply.errorInvalid],
    [Option.info, Buffer.concat([uint(4, 0xffff_ffff), uint(2, 0)]), OptionReply.errorInvalid],
    [Option.info, infoRequest('other'), OptionReply.errorUnknown],
    [Option.go, infoRequest('other'), OptionReply.errorUnknown],
    [Option.setMetaContext, Buffer.from('xx'), OptionReply.errorInvalid],
    [Option.setMetaContext, Buffer.concat([uint(4, 0), uint(4, 0xffff_ffff)]), OptionReply.errorInvalid],
    [Option.setMetaContext, Buffer.concat([contextRequest('', ['a']), Buffer.from('x')]), OptionReply.errorInvalid],
    // STARTTLS, EXTENDED_HEADERS, and none at all.
    [5, none, OptionReply.errorUnsupported],
    [11, none, OptionReply.errorUnsupported],
    [0xffff_ffff, Buffer.from('data'), OptionReply.errorUnsupported],
  ];
  for (const [option, data, type] of cases) {
    const handshake = open();
    handshake.feed(encodeOption(Option.structuredReply, none));
    const step = handshake.feed(encodeOption(option, data));
    assert.equal(step.outcome, 'more');
    assert.deepEqual(types(step), [type]);
    assert.equal(replies(step)[0]!.option, option);
  }
});

test('what cannot be understood ends the connection', () => {
  assert.equal(start().feed(uint(4, 4)).outcome, 'end');
  assert.equal(open().feed(Buffer.alloc(16, 1)).outcome, 'end');
  const long = encodeOption(Option.list, none);
  long.writeUInt32BE(MAX_OPTION_BYTES + 1, 12);
  assert.equal(open().feed(long).outcome, 'end');
  const handshake = open();
  const many = Buffer.concat(Array.from({ length: 1025 }, () => encodeOption(Option.list, none)));
  assert.equal(handshake.feed(many).outcome, 'end');
});

test('any bytes in any pieces get an answer or an end, the same however they were cut', () => {
  const option = fc.oneof(
    fc.constantFrom(...Object.values(Option), 5, 11).chain((number) =>
      fc
        .oneof(
          fc.constant(none),
          fc.constantFrom(infoRequest(''), infoRequest('a', [3]), contextRequest('', [ALLOCATION_CONTEXT, 'base:'])),
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        )
        .map((data) => encodeOption(number, data)),
    ),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  );
  const stream = fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 7), fc.array(option, { maxLength: 8 }))
    .map(([flags, options]) => Buffer.concat([uint(4, flags), ...options]));

  const talk = (pieces: Buffer[]) => {
    const handshake = start();
    const said: Buffer[] = [];
    for (const piece of pieces) {
      let step = handshake.feed(piece);
      said.push(step.reply);
      while (step.outcome === 'ask') {
        step = handshake.admit('refused');
        said.push(step.reply);
      }
      if (step.outcome === 'end') return { said: Buffer.concat(said), outcome: 'end' };
    }
    return { said: Buffer.concat(said), outcome: 'more' };
  };

  fc.assert(
    fc.property(stream, fc.array(fc.nat(400), { maxLength: 10 }), (bytes, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(talk(pieces), talk([bytes]));
    }),
    { numRuns: 500 },
  );
});
