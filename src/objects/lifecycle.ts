import type { ObjectRow } from '../records/tables/objects.ts';
import type { UploadRow } from '../records/tables/uploads.ts';
import { objectFault } from './faults.ts';
import type { LifecycleRule } from './settings.ts';
import { elementsIn, parseXml, textIn, type XmlElement } from './xml.ts';

const DAY_MS = 24 * 3600_000;
const MAX_RULES = 1000;

/** Rules with what is not built here (transitions, versions, tags) are refused: nothing is taken and then not done. */
export function parseLifecycle(text: string): LifecycleRule[] {
  const rules = elementsIn(parseXml(text, 'LifecycleConfiguration'), 'Rule').map((rule, index) =>
    parseRule(rule, index),
  );
  if (rules.length === 0 || rules.length > MAX_RULES) throw objectFault('MalformedXML');
  return rules;
}

function parseRule(rule: XmlElement, index: number): LifecycleRule {
  for (const name of ['Transition', 'NoncurrentVersionExpiration', 'NoncurrentVersionTransition', 'Tag']) {
    if (name in rule) throw objectFault('NotImplemented', `${name} of a lifecycle rule.`);
  }
  const [expiration = {}] = elementsIn(rule, 'Expiration');
  const [abort = {}] = elementsIn(rule, 'AbortMultipartUpload');
  const [abortS3 = {}] = elementsIn(rule, 'AbortIncompleteMultipartUpload');
  const [filter = {}] = elementsIn(rule, 'Filter');
  const before = textIn(expiration, 'CreatedBeforeDate') ?? textIn(expiration, 'Date');
  const parsed = {
    id: textIn(rule, 'ID') ?? `rule-${index + 1}`,
    prefix: textIn(rule, 'Prefix') ?? textIn(filter, 'Prefix') ?? '',
    isEnabled: textIn(rule, 'Status') === 'Enabled',
    days: daysIn(expiration, 'Days'),
    before: before === undefined ? null : Date.parse(before),
    abortUploadsDays: daysIn(abort, 'Days') ?? daysIn(abortS3, 'DaysAfterInitiation'),
  };
  const says = [parsed.days, parsed.before, parsed.abortUploadsDays].some((value) => value !== null);
  if (!says || Number.isNaN(parsed.before ?? 0)) throw objectFault('MalformedXML');
  return parsed;
}

function daysIn(element: XmlElement, name: string): number | null {
  const text = textIn(element, name);
  if (text === undefined) return null;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1) throw objectFault('MalformedXML', `${name} is a number of days.`);
  return days;
}

export const lifecycleXml = (rules: readonly LifecycleRule[]) => ({
  Rule: rules.map(({ id, prefix, isEnabled, days, before, abortUploadsDays }) => ({
    ID: id,
    Prefix: prefix,
    Status: isEnabled ? 'Enabled' : 'Disabled',
    ...((days !== null || before !== null) && {
      Expiration: { Days: days, CreatedBeforeDate: days === null ? new Date(before!).toISOString() : null },
    }),
    ...(abortUploadsDays !== null && { AbortMultipartUpload: { Days: abortUploadsDays } }),
  })),
});

export function isExpired(rules: readonly LifecycleRule[], { key, modifiedAt }: ObjectRow, now: number): boolean {
  return rules.some(
    ({ isEnabled, prefix, days, before }) =>
      isEnabled &&
      key.startsWith(prefix) &&
      ((days !== null && modifiedAt + days * DAY_MS <= now) ||
        (before !== null && modifiedAt < before && before <= now)),
  );
}

export function isAbandoned(rules: readonly LifecycleRule[], { key, createdAt }: UploadRow, now: number): boolean {
  return rules.some(
    ({ isEnabled, prefix, abortUploadsDays }) =>
      isEnabled && key.startsWith(prefix) && abortUploadsDays !== null && createdAt + abortUploadsDays * DAY_MS <= now,
  );
}
