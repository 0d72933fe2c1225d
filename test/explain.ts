import { send, v3Request, type RawAnswer } from './wire/rawClient.ts';
import type { Account, World } from './world.ts';

/** The parameters of Explain. */
export type Question = { Verb: string; ResourceId: string } & Record<string, string>;

export interface ShownCall {
  Action: string;
  Parameters: { Key: string; Value: string }[];
  CommandLine: string;
}

export interface Explained {
  Verdict: boolean;
  Remedied: boolean;
  AccountId: string;
  RegionId: string;
  Call: ShownCall;
  CallAfterSteps: ShownCall;
  Reasons: {
    Action: string;
    Code: string;
    HttpStatus: number;
    Message: string;
    Rule: string;
    Advice?: string;
    Steps: { Number: number; Text: string; Call?: ShownCall }[];
  }[];
  Risks: string[];
}

/** Has the account ask; `answer.json` of a success is `Explained`. */
export const askExplain = (world: World, account: Account, parameters: Record<string, string>): Promise<RawAnswer> =>
  send(world.endpoint, v3Request(account, world, { action: 'Explain', version: '2026-11-01', parameters }));
