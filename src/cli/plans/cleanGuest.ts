import { readFileSync } from 'node:fs';
import { CliFault } from '../fault.ts';
import { legible } from '../print.ts';
import type { Step } from './plan.ts';
import type { Place } from './steps.ts';

const SCRIPT = readFileSync(new URL('cleanGuest.sh', import.meta.url), 'utf8');
const MOST_WORDS = 400;
/** Guests without KVM take their time. */
const LIMIT_S = 300;

interface Run {
  InvocationStatus: string;
  Output: string;
  ErrorCode: string;
}

/** Takes from a running guest what a new instance must not share with it. Nothing gives it back: the guest makes its own anew when it boots. */
export function cleanGuest({ party, regionId }: Place, id: string): Step {
  return {
    name: 'clean',
    title: `Clean up in ${id}: cloud-init’s state, machine-id, SSH host keys, leases, histories, logs`,
    leaves: `${id} was cleaned up, at least in part. If nobody can log in, start it anew`,
    async begin({ token }) {
      const asked = { RegionId: regionId, 'InstanceId.1': id, Type: 'RunShellScript', ClientToken: token };
      const script = { CommandContent: SCRIPT, ContentEncoding: 'PlainText', Name: 'clean-up', Timeout: LIMIT_S };
      const { InvokeId } = await party.call<{ InvokeId: string }>('RunCommand', { ...asked, ...script });
      return { invokeId: InvokeId };
    },
    async finish({ invokeId }, { until }) {
      await until(async () => {
        const asked = { RegionId: regionId, InvokeId: invokeId!, ContentEncoding: 'PlainText' };
        const { Invocation } = await party.call<{
          Invocation: { InvocationResults: { InvocationResult: Run[] } };
        }>('DescribeInvocationResults', asked);
        const [run] = Invocation.InvocationResults.InvocationResult;
        if (!run || ['Pending', 'Running', 'Stopping'].includes(run.InvocationStatus)) return undefined;
        if (run.InvocationStatus !== 'Success') throw failure(id, run);
        return true;
      });
    },
  };
}

function failure(id: string, { ErrorCode, Output }: Run): CliFault {
  if (ErrorCode.startsWith('ClientNot')) return silent(id);
  const words = legible(Output).replaceAll(/\s+/g, ' ').trim().slice(-MOST_WORDS);
  return new CliFault('CleanUpFailed', `${id} could not be cleaned up (${ErrorCode}): ${words || 'it says nothing'}`);
}

const silent = (id: string) =>
  new CliFault('ClientNotRunning', `No guest agent answers in ${id}.`, {
    hint: 'Install qemu-guest-agent in it; or clean up by hand (docs/images.md) and leave --clean out.',
  });

/** Before anything is done. */
export async function requireAgent({ party, regionId }: Place, id: string, status: string): Promise<void> {
  if (status !== 'Running')
    throw new CliFault('IncorrectInstanceStatus', `${id} is ${status}: to clean up in it, it has to be Running.`);
  type Status = { CloudAssistantStatus: string };
  const found = await party.call<{ InstanceCloudAssistantStatusSet: { InstanceCloudAssistantStatus: Status[] } }>(
    'DescribeCloudAssistantStatus',
    { RegionId: regionId, 'InstanceId.1': id },
  );
  const [agent] = found.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus;
  if (agent?.CloudAssistantStatus !== 'true') throw silent(id);
}
