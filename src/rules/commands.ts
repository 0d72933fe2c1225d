/** Commands of Cloud Assistant: their limits, their parameters, and how what happened on each instance makes the whole's status. */

/** Of the content, in base64, parameters filled in. */
export const MOST_CONTENT = 24 * 1024;
/** Of a file to send, in base64. */
export const MOST_FILE = 32 * 1024;
/** Of a command's output, the rest of which is dropped. */
export const MOST_OUTPUT_BYTES = 24 * 1024;
export const MOST_DEFINED_PARAMETERS = 20;
export const MOST_GIVEN_PARAMETERS = 10;
export const LONGEST_PARAMETER_NAME = 64;
/** Seconds. */
export const SHORTEST_TIMEOUT = 10;
export const LONGEST_TIMEOUT = 24 * 3600;
export const DEFAULT_TIMEOUT = 60;

export const COMMAND_TYPES = ['RunShellScript', 'RunBatScript', 'RunPowerShellScript'] as const;

/** What there is to know of each run anyway: `{{ACS::InstanceId}}` and so on. */
export interface BuiltIns {
  RegionId: string;
  AccountId: string;
  InstanceId: string;
  InstanceName: string;
  InvokeId: string;
  CommandId: string;
}
const BUILT_IN = /^acs::(RegionId|AccountId|InstanceId|InstanceName|InvokeId|CommandId)$/i;

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Names of the parameters in a content, each once, without the built-in ones. They are told apart without regard to case. */
export function parameterNames(content: string): string[] {
  const names = new Map<string, string>();
  for (const [, name = ''] of content.matchAll(PLACE)) {
    if (!BUILT_IN.test(name) && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

export const isParameterName = (name: string): boolean => /^[\w-]+$/.test(name);

/** The content with its parameters in place; those that are not given are blank, built-in ones stay. */
export function fillParameters(content: string, given: Readonly<Record<string, string>>): string {
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return content.replaceAll(PLACE, (whole, name: string) =>
    BUILT_IN.test(name) ? whole : (values.get(name.toLowerCase()) ?? ''),
  );
}

/** What a run on one instance really runs. */
export function fillBuiltIns(content: string, values: BuiltIns): string {
  const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return content.replaceAll(PLACE, (whole, name: string) => {
    const builtIn = BUILT_IN.exec(name)?.[1];
    return builtIn === undefined ? whole : byName.get(builtIn.toLowerCase())!;
  });
}

export const RUN_STATUSES = [
  'Pending',
  'Running',
  'Stopping',
  'Success',
  'Failed',
  'Timeout',
  'Error',
  'Aborted',
  'Cancelled',
  'Terminated',
] as const;
/** Of a run on one instance. */
export type RunStatus = (typeof RUN_STATUSES)[number];

export const INVOCATION_STATUSES = [
  'Pending',
  'Running',
  'Stopping',
  'Stopped',
  'Success',
  'Failed',
  'PartialFailed',
] as const;
export type InvocationStatus = (typeof INVOCATION_STATUSES)[number];

export const isOver = (status: RunStatus): boolean => !['Pending', 'Running', 'Stopping'].includes(status);

const STOPPED: ReadonlySet<RunStatus> = new Set(['Cancelled', 'Terminated']);

/** Of an invocation as a whole. Source: the reference page of DescribeInvocations. */
export function overallStatus(runs: readonly RunStatus[]): InvocationStatus {
  for (const status of ['Pending', 'Running', 'Stopping'] as const) if (runs.includes(status)) return status;
  const rest = runs.filter((status) => !STOPPED.has(status));
  if (rest.length === 0) return 'Stopped';
  if (rest.every((status) => status === 'Success')) return 'Success';
  return rest.includes('Success') ? 'PartialFailed' : 'Failed';
}

/** The older of the two words for a status: by it a command that ended, with whatever exit code, is Finished. */
export function recordStatus(status: RunStatus): 'Running' | 'Stopping' | 'Stopped' | 'Finished' | 'Failed' {
  if (status === 'Pending' || status === 'Running') return 'Running';
  if (status === 'Stopping') return 'Stopping';
  if (STOPPED.has(status)) return 'Stopped';
  return status === 'Success' || status === 'Failed' ? 'Finished' : 'Failed';
}

/** The older word for the whole. */
export function overallRecordStatus(
  runs: readonly RunStatus[],
): 'Running' | 'Stopping' | 'Stopped' | 'Finished' | 'Failed' | 'PartialFailed' {
  const records = runs.map(recordStatus);
  for (const status of ['Running', 'Stopping'] as const) if (records.includes(status)) return status;
  const rest = records.filter((status) => status !== 'Stopped');
  if (rest.length === 0) return 'Stopped';
  if (rest.every((status) => status === 'Finished')) return 'Finished';
  return rest.includes('Finished') ? 'PartialFailed' : 'Failed';
}

/** Why a run failed, by the cloud's code: its words for it. Source: the reference page of DescribeInvocationResults. */
export const runFaults = {
  AccountNotExists: 'the specified account does not exists',
  ClientNotResponse: 'the aliyun service in the instance does not response',
  ClientNotRunning: 'the aliyun service is not running on the instance',
  DirectoryNotExists: 'the specified directory does not exists',
  ExecutionException: 'the command execution got an exception',
  ExecutionInterrupted: 'the command execution has been interrupted',
  ExecutionTimeout: 'the command execution has been timeout',
  ExitCodeNonzero: 'the command execution exit code is not zero',
  FileAlreadyExists: 'a file of the same name exists in the specified directory',
  FileCreateFail: 'the file could not be created',
  InstanceNotRunning: 'the instance is not running when create task',
  InstanceReleased: 'the instance has released when create task',
  TaskConcurrencyLimit: 'the concurrency of tasks has reached its limit',
} as const;
export type RunFault = keyof typeof runFaults;
