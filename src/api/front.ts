import { gatewayError } from './faults.ts';
import { errorAnswer, type Answer } from './envelope.ts';
import { firstLook } from './authenticate.ts';
import type { Received } from './receive.ts';

export type Answering = (received: Received) => Promise<Answer>;

/** What the listener talks to. The gateway behind it can be exchanged: a reset builds a new one. */
export interface Front {
  answer: Answering;
  readonly isOpen: boolean;
  open(gateway: Answering): void;
  /** Refuses what comes from now on, and waits for what is under way. */
  close(): Promise<void>;
}

export const OPERATOR_PREFIX = '/_tongjing/';

export function createFront(operator: Answering, nextRequestId: () => string): Front {
  let gateway: Answering | null = null;
  let underWay = 0;
  let drained = Promise.withResolvers<void>();

  async function throughGateway(received: Received): Promise<Answer> {
    if (!gateway) return notNow(received, nextRequestId());
    underWay += 1;
    try {
      return await gateway(received);
    } finally {
      underWay -= 1;
      if (underWay === 0) drained.resolve();
    }
  }

  return {
    answer: (received) => (received.path.startsWith(OPERATOR_PREFIX) ? operator(received) : throughGateway(received)),
    get isOpen() {
      return gateway !== null;
    },
    open(next) {
      gateway = next;
    },
    async close() {
      gateway = null;
      drained = Promise.withResolvers();
      if (underWay > 0) await drained.promise;
    },
  };
}

function notNow(received: Received, requestId: string): Answer {
  const about = { requestId, envelope: firstLook(received), host: received.host };
  return errorAnswer(gatewayError('ServiceUnavailable'), about);
}
