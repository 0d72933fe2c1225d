/** Ids that one request may list. */
const IDS_AT_MOST = 100;

/** `["s-1","s-2"]`, as SnapshotIds, DiskIds and InstanceIds are written; null when it is not that or names more than 100. */
export function jsonIds(text: string): string[] | null {
  let ids: unknown;
  try {
    ids = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(ids) || ids.length > IDS_AT_MOST) return null;
  return ids.every((id) => typeof id === 'string') ? ids : null;
}

/** `m-1,m-2`, as DescribeImages' ImageId and DescribeTasks' TaskIds are written; null when it names more than 100. */
export function commaIds(text: string): string[] | null {
  const ids = text.split(',').map((id) => id.trim());
  return ids.length > IDS_AT_MOST ? null : ids.filter((id) => id !== '');
}
