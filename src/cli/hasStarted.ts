import { CliFault } from './fault.ts';

/** An instance as DescribeInstances shows it, as far as this needs it. */
export interface Startable {
  InstanceId: string;
  Status: string;
  Tags: { Tag: { TagKey: string; TagValue: string }[] };
}

/** Whether an instance that was told to start runs. Throws InstanceFailed when it is stopped and says why. */
export function hasStarted({ InstanceId, Status, Tags }: Startable): boolean {
  const why = Tags.Tag.find(({ TagKey }) => TagKey === 'acs:tongjing:fault')?.TagValue;
  if (Status === 'Stopped' && why !== undefined) {
    throw new CliFault('InstanceFailed', `Instance ${InstanceId} was not started: ${why}`);
  }
  return Status === 'Running';
}
