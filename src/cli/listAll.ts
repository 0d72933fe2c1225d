import type { Parameters, Service } from './service.ts';

const PAGE_SIZE = 100;

/** Every item of a Describe action, page by page; `at` is where its answer has the list. */
export async function listAll<Item>(
  service: Service,
  action: string,
  at: readonly [string, string],
  parameters: Parameters,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await service.call<Record<string, unknown>>(action, {
      ...parameters,
      PageNumber: page,
      PageSize: PAGE_SIZE,
    });
    const found = (answer[at[0]] as Record<string, Item[]>)[at[1]]!;
    items.push(...found);
    if (found.length < PAGE_SIZE) return items;
  }
}
