/** The API's words for the states of a job. */
export const TASK_STATUS = {
  waiting: 'Waiting',
  running: 'Processing',
  succeeded: 'Finished',
  failed: 'Failed',
  cancelled: 'Deleted',
} as const;

/** TaskStatus values that filter; others are passed over, as the vendor does. */
export const FILTERING_TASK_STATUS = {
  Processing: ['running'],
  Finished: ['succeeded'],
  Failed: ['failed'],
} as const;

/** Task actions that CancelTask ends; a copy is ended by CancelCopyImage. */
export const CANCELLABLE_TASK_ACTIONS: readonly string[] = ['ImportImage', 'ExportImage', 'ExportSnapshot'];

export const taskCan = { cancel: ['waiting', 'running'] } as const;
