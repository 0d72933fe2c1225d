import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Debian's registry ends with a panic when it is set. */
const { AWS_CA_BUNDLE: _, ...environment } = process.env;
export { environment };

export interface DockerRegistry {
  /** `127.0.0.1:port` */
  address: string;
  stop(): Promise<void>;
}

/** Debian's docker-registry by a configuration that lets it choose its port. */
export async function startDockerRegistry(configFile: string): Promise<DockerRegistry> {
  const child = spawn('docker-registry', ['serve', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
  });
  let said = '';
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`;
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return { address: `127.0.0.1:${port}`, stop: () => stop(child) };
  }
  throw new Error(`docker-registry ended: ${said}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
