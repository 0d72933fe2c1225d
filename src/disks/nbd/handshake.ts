import { assert } from '../../base/assert.ts';
import {
  ALLOCATION_CONTEXT,
  CONTEXT_ID,
  GREETING_MAGIC,
  HandshakeFlag,
  Info,
  MAX_NAME_BYTES,
  MAX_OPTION_BYTES,
  MAX_PAYLOAD_BYTES,
  MINIMUM_BLOCK_BYTES,
  OPTION_MAGIC,
  OPTION_REPLY_MAGIC,
  Option,
  OptionReply,
  PREFERRED_BLOCK_BYTES,
} from './wire.ts';

/** What a client may open. Its name is empty: a socket serves one thing. */
export interface Offer {
  sizeBytes: number;
  /** TransmissionFlag bits. */
  flags: number;
}

/** What a client chose. */
export interface Agreement {
  structuredReplies: boolean;
  /** Whether BLOCK_STATUS may be asked. */
  allocationContext: boolean;
}

export interface HandshakeStep {
  /** To send, in order. */
  reply: Buffer;
  /**
   * `more`: feed what arrives. `ask`: the client wants transmission, call `admit`. `open`: transmission begins, `rest` being
   * what the client sent of it already. `end`: hang up after `reply`.
   */
  outcome: 'more' | 'ask' | 'open' | 'end';
  rest: Buffer;
}

export interface Handshake {
  readonly greeting: Buffer;
  readonly agreement: Agreement;
  /** Takes what arrived, in pieces of any size. */
  feed(bytes: Buffer): HandshakeStep;
  /** Answers an `ask`: null lets the client in, else why not. */
  admit(refusal: string | null): HandshakeStep;
}

const MAX_OPTIONS = 1024;
const ONLY_NAME = 'the only export here has an empty name';

/** A client that waits to be let in. */
interface Applicant {
  option: number;
  /** Of INFO kind, that it asked for. */
  infos: number[];
}

/** The server's side of fixed newstyle negotiation, without I/O. */
export function createHandshake(offer: () => Offer): Handshake {
  const agreement: Agreement = { structuredReplies: false, allocationContext: false };
  const noBytes = Buffer.alloc(0);
  let pending: Buffer = noBytes;
  let clientFlags: number | null = null;
  let options = 0;
  let applicant: Applicant | null = null;
  let replies: Buffer[] = [];

  const greeting = Buffer.concat([GREETING_MAGIC, u16(HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes)]);

  function step(outcome: HandshakeStep['outcome']): HandshakeStep {
    const reply = Buffer.concat(replies);
    replies = [];
    return { reply, outcome, rest: outcome === 'open' ? pending : noBytes };
  }

  function go(): HandshakeStep {
    if (clientFlags === null) {
      if (pending.length < 4) return step('more');
      clientFlags = pending.readUInt32BE(0);
      pending = pending.subarray(4);
      if ((clientFlags & ~(HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes)) !== 0) return step('end');
    }
    for (;;) {
      if (pending.length < 16) return step('more');
      const length = pending.readUInt32BE(12);
      if (!pending.subarray(0, 8).equals(OPTION_MAGIC) || length > MAX_OPTION_BYTES) return step('end');
      if (pending.length < 16 + length) return step('more');
      const option = pending.readUInt32BE(8);
      const data = pending.subarray(16, 16 + length);
      pending = pending.subarray(16 + length);
      options += 1;
      if (options > MAX_OPTIONS) return step('end');
      const outcome = answer(option, data);
      if (outcome !== 'more') return step(outcome);
    }
  }

  function say(option: number, type: number, body: Buffer | string = noBytes): 'more' {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    replies.push(Buffer.concat([OPTION_REPLY_MAGIC, u32(option), u32(type), u32(bytes.length), bytes]));
    return 'more';
  }

  function answer(option: number, data: Buffer): HandshakeStep['outcome'] {
    switch (option) {
      case Option.exportName:
        // It has no error reply: hanging up is the refusal.
        if (data.length > 0) return 'end';
        applicant = { option, infos: [] };
        return 'ask';
      case Option.abort:
        say(option, OptionReply.ack);
        return 'end';
      case Option.list:
        if (data.length > 0) return say(option, OptionReply.errorInvalid, 'LIST takes no data');
        say(option, OptionReply.server, u32(0));
        return say(option, OptionReply.ack);
      case Option.info:
      case Option.go:
        return answerInfo(option, data);
      case Option.structuredReply:
        if (data.length > 0) return say(option, OptionReply.errorInvalid, 'STRUCTURED_REPLY takes no data');
        agreement.structuredReplies = true;
        return say(option, OptionReply.ack);
      case Option.listMetaContext:
      case Option.setMetaContext:
        return answerMetaContext(option, data);
      default:
        return say(option, OptionReply.errorUnsupported);
    }
  }

  function answerInfo(option: number, data: Buffer): HandshakeStep['outcome'] {
    const asked = parseInfo(data);
    if (!asked) return say(option, OptionReply.errorInvalid, 'malformed request for information');
    if (asked.name !== '') return say(option, OptionReply.errorUnknown, ONLY_NAME);
    if (option === Option.info) return sayInfo(option, asked.infos);
    applicant = { option, infos: asked.infos };
    return 'ask';
  }

  function sayInfo(option: number, infos: number[]): 'more' {
    const { sizeBytes, flags } = offer();
    say(option, OptionReply.info, Buffer.concat([u16(Info.export), u64(sizeBytes), u16(flags)]));
    if (infos.includes(Info.name)) say(option, OptionReply.info, u16(Info.name));
    const sizes = [u32(MINIMUM_BLOCK_BYTES), u32(PREFERRED_BLOCK_BYTES), u32(MAX_PAYLOAD_BYTES)];
    say(option, OptionReply.info, Buffer.concat([u16(Info.blockSize), ...sizes]));
    return say(option, OptionReply.ack);
  }

  function answerMetaContext(option: number, data: Buffer): 'more' {
    const isSet = option === Option.setMetaContext;
    // A later SET replaces an earlier one, even when it fails.
    if (isSet) agreement.allocationContext = false;
    if (!agreement.structuredReplies) return say(option, OptionReply.errorInvalid, 'ask for structured replies first');
    const asked = parseMetaContext(data);
    if (!asked) return say(option, OptionReply.errorInvalid, 'malformed query');
    if (asked.name !== '') return say(option, OptionReply.errorUnknown, ONLY_NAME);
    const isListed = !isSet && (asked.queries.length === 0 || asked.queries.includes('base:'));
    if (isListed || asked.queries.includes(ALLOCATION_CONTEXT)) {
      if (isSet) agreement.allocationContext = true;
      const id = u32(isSet ? CONTEXT_ID : 0);
      say(option, OptionReply.metaContext, Buffer.concat([id, Buffer.from(ALLOCATION_CONTEXT)]));
    }
    return say(option, OptionReply.ack);
  }

  return {
    greeting,
    agreement,
    feed(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      return go();
    },
    admit(refusal) {
      assert(applicant, 'nobody asked to be let in');
      const { option, infos } = applicant;
      applicant = null;
      if (option === Option.exportName) {
        if (refusal !== null) return step('end');
        const { sizeBytes, flags } = offer();
        replies.push(u64(sizeBytes), u16(flags));
        if ((clientFlags! & HandshakeFlag.noZeroes) === 0) replies.push(Buffer.alloc(124));
        return step('open');
      }
      if (refusal !== null) {
        say(option, OptionReply.errorPolicy, refusal);
        return go();
      }
      sayInfo(option, infos);
      return step('open');
    },
  };
}

function parseInfo(data: Buffer): { name: string; infos: number[] } | null {
  if (data.length < 6) return null;
  const nameLength = data.readUInt32BE(0);
  if (nameLength > MAX_NAME_BYTES || data.length < 6 + nameLength) return null;
  const count = data.readUInt16BE(4 + nameLength);
  if (data.length !== 6 + nameLength + 2 * count) return null;
  const infos = Array.from({ length: count }, (_, index) => data.readUInt16BE(6 + nameLength + 2 * index));
  return { name: data.toString('utf8', 4, 4 + nameLength), infos };
}

function parseMetaContext(data: Buffer): { name: string; queries: string[] } | null {
  let at = 0;
  const string = (): string | null => {
    if (data.length - at < 4) return null;
    const length = data.readUInt32BE(at);
    if (length > MAX_NAME_BYTES || data.length - at - 4 < length) return null;
    at += 4 + length;
    return data.toString('utf8', at - length, at);
  };
  const name = string();
  if (name === null || data.length - at < 4) return null;
  const count = data.readUInt32BE(at);
  at += 4;
  const queries: string[] = [];
  // Each query takes at least its length's four bytes.
  if (count > (data.length - at) / 4) return null;
  for (let index = 0; index < count; index += 1) {
    const query = string();
    if (query === null) return null;
    queries.push(query);
  }
  return at === data.length ? { name, queries } : null;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
