import { ApiError } from '../../contract/errors.ts';
import type { Route } from './parts.ts';

/** How far a job is: what the command line polls. */
export const readJob: Route['run'] = async ({ ids }, parts) => {
  const row = await parts
    .core()
    .database.read.selectFrom('jobs')
    .selectAll()
    .where('id', '=', ids[0]!)
    .executeTakeFirst();
  if (!row) throw new ApiError(404, 'JobNotFound', `There is no job ${ids[0]}.`);
  const { id, kind, status, progress, errorCode, errorMessage, resourceId } = row;
  return { json: { jobId: id, kind, status, progress, resourceId, errorCode, errorMessage } };
};
