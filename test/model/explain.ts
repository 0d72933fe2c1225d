import assert from 'node:assert/strict';
import { askExplain, type Explained } from '../explain.ts';
import type { Bed } from './bed.ts';
import type { Step } from './verb.ts';

/** Of which the first is the API's; null: it can be done. Undefined: that can't be asked. */
export async function explain(
  { world, heard }: Bed,
  { who, question }: Step,
): Promise<{ code: string | null } | undefined> {
  if (!who || !question) return undefined;
  // What a launch stands in is chosen for the caller among what is there.
  if (question.Verb === 'launch') await who.network(question['RegionId']!);
  const { status, text, json } = await askExplain(world, who, question);
  heard.push({ accountId: who.accountId, said: JSON.stringify(question), answer: text });
  assert.equal(status, 200, text);
  const { Verdict, Reasons } = json as unknown as Explained;
  assert.equal(Verdict, Reasons.length === 0, text);
  return { code: Reasons[0]?.Code ?? null };
}
