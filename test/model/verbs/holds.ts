import { finish } from '../model.ts';
import { NothingToDo, step, type Verb } from '../verb.ts';

/** From now on copies, or snapshots, take as long as it takes; or those under way end. */
export const holdOrLetGo: Verb = (bed, random) => {
  const { holds, model } = bed;
  if (!holds) throw new NothingToDo();
  const what = random.pick(['copies', 'snapshots'] as const);
  if (!holds.isHeld(what)) {
    return step({ who: null, what: `${what} are held up`, codes: [], call: async () => holds.hold(what), done() {} });
  }
  return step({
    who: null,
    what: `${what} go on`,
    codes: [],
    call: async () => holds.letGo(what),
    done: () => finish(model, what),
  });
};
