import { runFigures } from '../../../records/tables/invocations.ts';
import { listInstances } from '../../../records/tables/instances.ts';
import { quotas } from '../../../rules/quotas.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { MOST_LISTED } from './shown.ts';

/** Asks the agent in each running guest of the page. */
export const DescribeCloudAssistantStatus = action(
  'Ecs',
  'DescribeCloudAssistantStatus',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const ids = request.instanceId;
    if (ids && ids.length > quotas.commandInstancesOfCall) throw call.error('InstanceIds.ExceedLimit');
    const window = listWindow(call, request, MOST_LISTED);
    const all = ids ? { ...window, size: ids.length + 1, offset: 0, after: null } : window;
    const osType = request.OSType?.toLowerCase();
    const filter = { accountId: call.accountId, regionId, ids };
    const asksForNone = osType !== undefined && osType !== 'linux' && osType !== 'windows';
    const found = asksForNone
      ? { rows: [], total: 0 }
      : await listInstances(call.db, { ...filter, ...(osType && { osType }) }, all);
    const { rows, counts } = listAnswer(all, found);
    if (ids && osType === undefined && rows.length < new Set(ids).size) throw call.error('InvalidInstance.NotFound');
    const figures = await runFigures(
      call.db,
      rows.map(({ id }) => id),
    );
    const statuses = rows.map(async (row) => {
      const version = row.status === 'Running' ? await call.guests.agentVersion(row.id) : null;
      const of = figures.get(row.id);
      return {
        instanceId: row.id,
        cloudAssistantStatus: String(version !== null),
        cloudAssistantVersion: version ?? '',
        lastHeartbeatTime: version === null ? '' : secondsTime(call.clock.now()),
        lastInvokedTime: of ? secondsTime(of.lastAt) : '',
        invocationCount: of?.count ?? 0,
        activeTaskCount: of?.active ?? 0,
        OSType: row.osType === 'linux' ? 'Linux' : 'Windows',
        supportSessionManager: false,
      };
    });
    return {
      ...counts,
      instanceCloudAssistantStatusSet: { instanceCloudAssistantStatus: await Promise.all(statuses) },
    };
  },
);
