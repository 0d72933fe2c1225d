import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fillBuiltIns,
  fillParameters,
  overallRecordStatus,
  overallStatus,
  parameterNames,
  type RunStatus,
} from './commands.ts';

test('parameters are found once each, spaces and case aside, built-in ones left out', () => {
  assert.deepEqual(parameterNames('echo {{ name }} {{Name}} {{\nother}} {{ACS::InstanceId}} {{}}'), [
    'name',
    'other',
    '',
  ]);
  assert.deepEqual(parameterNames('echo ${x} {not} { {one} }'), []);
});

test('parameters are filled in as they were given, and never twice', () => {
  assert.equal(fillParameters('{{a}}-{{ B }}-{{c}}', { A: '{{b}}', b: '$&' }), '{{b}}-$&-');
  const values = { RegionId: 'r', AccountId: 'a', InstanceId: 'i', InstanceName: 'n', InvokeId: 't', CommandId: 'c' };
  assert.equal(fillBuiltIns('{{ACS::InstanceId}} {{ acs::regionid }} {{x}}', values), 'i r {{x}}');
});

test('the status of the whole is made of those of its runs', () => {
  const cases: [runs: RunStatus[], overall: string, record: string][] = [
    [['Success', 'Pending'], 'Pending', 'Running'],
    [['Running', 'Failed'], 'Running', 'Running'],
    [['Stopping', 'Success'], 'Stopping', 'Stopping'],
    [['Success', 'Success'], 'Success', 'Finished'],
    [['Success', 'Terminated'], 'Success', 'Finished'],
    [['Cancelled', 'Terminated'], 'Stopped', 'Stopped'],
    [['Failed', 'Terminated'], 'Failed', 'Finished'],
    [['Success', 'Failed'], 'PartialFailed', 'Finished'],
    [['Success', 'Timeout'], 'PartialFailed', 'PartialFailed'],
    [['Timeout', 'Aborted'], 'Failed', 'Failed'],
  ];
  for (const [runs, overall, record] of cases) {
    assert.deepEqual([overallStatus(runs), overallRecordStatus(runs)], [overall, record], runs.join());
  }
});
