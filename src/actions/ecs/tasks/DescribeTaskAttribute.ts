import type { JobInputs, JobKind } from '../../../jobs/kinds.ts';
import type { TaskRow } from '../../../records/tables/jobs.ts';
import { action } from '../../action.ts';
import { ownTask } from './ownTask.ts';
import { taskItem } from './taskItem.ts';

/** A task here is one operation. */
export const DescribeTaskAttribute = action(
  'Ecs',
  'DescribeTaskAttribute',
  { access: 'read' },
  async (request, call) => {
    const row = await ownTask(call, request);
    const operationStatus = operationStatusOf(row);
    return {
      ...taskItem(row),
      regionId: row.regionId,
      taskProcess: `${row.progress}%`,
      totalCount: 1,
      successCount: operationStatus === 'Success' ? 1 : 0,
      failedCount: operationStatus === 'Failed' ? 1 : 0,
      operationProgressSet: {
        operationProgress: [
          {
            operationStatus,
            errorCode: row.errorCode ?? '',
            errorMsg: row.errorMessage ?? '',
            relatedItemSet: { relatedItem: relatedItemsOf(row) },
          },
        ],
      },
    };
  },
);

/** An export names what it makes. */
function relatedItemsOf({ kind, input, resourceId }: TaskRow): { name: string; value: string }[] {
  if (kind !== ('exportToBucket' satisfies JobKind)) return [{ name: 'ImageId', value: resourceId }];
  const { bucket, disks, format } = JSON.parse(input) as JobInputs['exportToBucket'];
  const objects = disks.map(({ name }) => ({ name: 'OSSObject', value: `${name}.${format}` }));
  return [{ name: 'OSSBucket', value: bucket }, ...objects];
}

function operationStatusOf(row: TaskRow): 'Success' | 'Failed' | 'Processing' {
  if (row.status === 'succeeded') return 'Success';
  return row.status === 'failed' || row.status === 'cancelled' ? 'Failed' : 'Processing';
}
