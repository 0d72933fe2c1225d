import assert from 'node:assert/strict';
import { allRows } from '../allRows.ts';
import { askExplain, type Explained, type Question, type ShownCall } from '../explain.ts';
import { createImageWorld, type ImageWorld } from '../wire/imageWorld.ts';
import { send, v3Request } from '../wire/rawClient.ts';
import type { Account, WorldOptions } from '../world.ts';

/** Explanations held against what the API answers. */
export interface ExplainWorld extends ImageWorld {
  /** As the data plane's; one job alone may then be under way, and it has to get there. In a world that has not done it before. */
  hold(call: string): () => void;
  explain(account: Account, question: Question): Promise<Explained>;
  /** What Explain itself refuses. */
  refused(
    account: Account,
    question: Record<string, string>,
  ): Promise<{ status: number; code: string; message: string }>;
  /** The codes of the reasons, none for yes; the API then answers the same, and explaining changed no row of any table. */
  agrees(account: Account, question: Question): Promise<string[]>;
  /** The same; then every step is done for real, in order, and what was asked for is possible. `meanwhile`: what waiting waits for. */
  leadsOn(account: Account, question: Question, meanwhile?: () => void): Promise<string[]>;
}

export async function createExplainWorld(options: WorldOptions = {}): Promise<ExplainWorld> {
  const images = await createImageWorld(options);
  const { world } = images;
  const { endpoint } = world;

  let held: string | null = null;

  async function explain(account: Account, parameters: Question): Promise<Explained> {
    const answer = await askExplain(world, account, parameters);
    assert.equal(answer.status, 200, answer.text);
    return answer.json as never;
  }

  async function perform(account: Account, { Action }: ShownCall, parameters: Record<string, string>) {
    const answer = await send(endpoint, v3Request(account, world, { action: Action, parameters }));
    return { status: answer.status, json: answer.json };
  }

  async function agrees(account: Account, question: Question): Promise<Explained> {
    await (held === null ? world.settled() : world.plane.called(held));
    const before = await allRows(world);
    const explained = await explain(account, question);
    assert.deepEqual(await allRows(world), before, 'explaining changes nothing');
    const known = JSON.stringify([question, before]);
    for (const [id] of JSON.stringify(explained).matchAll(/\b[a-z]+-[a-z0-9]{12,}\b/g)) {
      assert.ok(known.includes(id), `${id} does not exist`);
    }
    const { Verdict, Remedied, Call, Reasons } = explained;
    assert.equal(Verdict, Reasons.length === 0);
    const real = await perform(account, Call, valuesOf(Call));
    assert.equal(Verdict, real.status === 200, JSON.stringify([explained, real]));
    if (Verdict) {
      assert.ok(Remedied);
      return explained;
    }
    const [first] = Reasons;
    assert.deepEqual([first!.Code, first!.HttpStatus, first!.Action], [real.json['Code'], real.status, Call.Action]);
    assert.equal(first!.Message, real.json['Message']);
    for (const { Rule } of Reasons) assert.match(Rule, /^\S.*\.$/);
    return explained;
  }

  return Object.assign(images, {
    explain,
    async refused(account: Account, question: Record<string, string>) {
      const { status, json } = await askExplain(world, account, question);
      return { status, code: String(json['Code']), message: String(json['Message']) };
    },
    hold(call: string) {
      held = call;
      const release = world.plane.hold(call);
      return () => {
        held = null;
        release();
      };
    },
    agrees: async (account: Account, question: Question) => codesOf(await agrees(account, question)),
    async leadsOn(account: Account, question: Question, meanwhile = () => {}) {
      const explained = await agrees(account, question);
      assert.ok(!explained.Verdict && explained.Remedied, JSON.stringify(explained, null, 1));
      const steps = explained.Reasons.flatMap(({ Steps }) => Steps).sort((a, b) => a.Number - b.Number);
      assert.deepEqual(
        steps.map(({ Number: number }) => number),
        steps.map((_, index) => index + 1),
      );
      const answers = new Map<string, Record<string, unknown>>();
      for (const { Number: number, Text, Call } of steps) {
        if (Call) {
          const { status, json } = await perform(account, Call, valuesOf(Call, answers));
          assert.equal(status, 200, `${Text} ${JSON.stringify(json)}`);
          answers.set(String(number), json);
        } else meanwhile();
        await world.settled();
      }
      const { status, json } = await perform(
        account,
        explained.CallAfterSteps,
        valuesOf(explained.CallAfterSteps, answers),
      );
      assert.equal(status, 200, JSON.stringify(json));
      await world.settled();
      return codesOf(explained);
    },
  });
}

const codesOf = ({ Reasons }: Explained): string[] => Reasons.map(({ Code }) => Code);

/** With what the steps answered in the place of what stands for it. */
function valuesOf(
  { Parameters }: ShownCall,
  answers = new Map<string, Record<string, unknown>>(),
): Record<string, string> {
  const filled = (value: string) =>
    value.replace(/<(\S+) of step (\d+)>/g, (_, path: string, number: string) => {
      const found = path.split(/[.[\]]+/).reduce<unknown>((at, key) => (at as never)[key], answers.get(number));
      assert.ok(typeof found === 'string', `${path} is in the answer of step ${number}`);
      return found;
    });
  return Object.fromEntries(Parameters.map(({ Key, Value }) => [Key, filled(Value)]));
}
