import { diskGibInUse, instancesInUse } from '../../../records/usage.ts';
import { findInstanceType, instanceTypes } from '../../../rules/instanceTypes.ts';
import { NETWORK_CATEGORIES } from '../../../rules/stock.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';

/** Names that the vendor documents. */
const NAMES = [
  'instance-network-type',
  'max-axt-command-count',
  'max-axt-invocation-daily',
  'max-cloud-assistant-activation-count',
  'max-dedicated-hosts',
  'max-elastic-network-interfaces',
  'max-postpaid-instance-vcpu-count',
  'max-postpaid-yundisk-capacity',
  'max-security-groups',
  'max-spot-instance-vcpu-count',
  'real-name-authentication',
  'supported-postpaid-instance-types',
  'used-postpaid-instance-vcpu-count',
  'used-postpaid-yundisk-capacity',
  'used-spot-instance-vcpu-count',
] as const;
type Name = (typeof NAMES)[number];

interface ValueItem {
  value: string;
  zoneId?: string;
  instanceChargeType?: string;
  diskCategory?: string;
}

/** What this service has no limit on, or no count of, is left out of the answer. */
export const DescribeAccountAttributes = action(
  'Ecs',
  'DescribeAccountAttributes',
  { access: 'read' },
  async (request, call) => {
    if (request.regionId === undefined) throw call.error('Invalid.Parameter');
    const { regionId } = call.region(request.regionId);
    const names = checkedNames(call, request.attributeName ?? []);
    const items = [];
    for (const attributeName of names) {
      const found = await valuesOf(call, regionId, attributeName);
      const values = found?.filter(
        ({ zoneId }) => request.zoneId === undefined || (zoneId ?? request.zoneId) === request.zoneId,
      );
      if (values) items.push({ attributeName, attributeValues: { valueItem: values } });
    }
    return { accountAttributeItems: { accountAttributeItem: items } };
  },
);

function checkedNames(call: Call, wanted: readonly string[]): readonly Name[] {
  if (wanted.length === 0) return NAMES;
  const unknown = wanted.find((name) => !NAMES.some((known) => known === name));
  if (unknown !== undefined) throw call.error('InvalidParameter', { hint: `There is no attribute ${unknown}.` });
  return NAMES.filter((name) => wanted.includes(name));
}

async function valuesOf(call: Call, regionId: string, name: Name): Promise<ValueItem[] | null> {
  const owner = { accountId: call.accountId, regionId };
  const instanceChargeType = 'PostPaid';
  switch (name) {
    case 'instance-network-type':
      return NETWORK_CATEGORIES.map((value) => ({ value }));
    case 'max-dedicated-hosts':
    case 'max-elastic-network-interfaces':
      return [{ value: '0' }];
    case 'max-security-groups':
      return [{ value: String(await call.quota('securityGroups')) }];
    case 'real-name-authentication':
      return [{ value: 'yes' }];
    case 'supported-postpaid-instance-types':
      return instanceTypes.map(({ instanceTypeId }) => ({ value: instanceTypeId, instanceChargeType }));
    case 'used-postpaid-instance-vcpu-count': {
      const cores = new Map<string, number>();
      for (const { zoneId, instanceType, count } of await instancesInUse(call.db, owner)) {
        const each = findInstanceType(instanceType)?.cpuCoreCount ?? 0;
        cores.set(zoneId, (cores.get(zoneId) ?? 0) + count * each);
      }
      return [...cores].map(([zoneId, count]) => ({ value: String(count), zoneId, instanceChargeType }));
    }
    case 'used-postpaid-yundisk-capacity': {
      const disks = await diskGibInUse(call.db, owner);
      return disks.map(({ zoneId, category, sizeGib }) => ({ value: String(sizeGib), zoneId, diskCategory: category }));
    }
    default:
      return null;
  }
}
