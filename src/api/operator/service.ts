import type { Route } from './parts.ts';

type Run = Route['run'];

/** The process answers. */
export const health: Run = async () => ({ json: { status: 'ok' } });

/** Calls are taken: 503 while the service starts or resets. */
export const ready: Run = async (_request, parts) =>
  parts.isReady() ? { json: { status: 'ready' } } : { status: 503, json: { status: 'not ready' } };

export const version: Run = async (_request, parts) => ({
  json: { version: parts.version, node: process.versions.node },
});

export const metrics: Run = async (_request, parts) => {
  const rows = parts.isReady()
    ? await parts
        .core()
        .database.read.selectFrom('jobs')
        .select(['status', (eb) => eb.fn.countAll<number>().as('count')])
        .groupBy('status')
        .execute()
    : [];
  const { contentType, body } = await parts.metrics.text(new Map(rows.map((row) => [row.status, row.count])));
  return { text: body, contentType };
};

export const reset: Run = async (_request, parts) => {
  await parts.reset();
  return { json: {} };
};
