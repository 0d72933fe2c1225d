import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Debian's registry ends with a panic when it is set. */
const { AWS_CA_BUNDLE: _, ...environment } = process.env;
export { environment };

export interface DockerRegistry {
  /** `127.0.0.1:port` */
  address: string;
  /** What it logged so far. */
  said: readonly string[];
  stop(): Promise<void>;
}

/** Debian's docker-registry by a configuration that lets it choose its port. */
export async function startDockerRegistry(configFile: string): Promise<DockerRegistry> {
  const child = spawn('docker-registry', ['serve', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
  });
  const said: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr })
      .on('line', (line) => {
        said.push(line);
        const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve(`127.0.0.1:${port}`);
      })
      .on('close', () => reject(new Error(`docker-registry ended: ${said.join('\n')}`)));
  });
  return { address, said, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
