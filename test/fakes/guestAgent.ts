import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.ts';

/** A guest's end of the channel. */
export interface GuestAgent extends AsyncDisposable {
  readonly socketPath: string;
}

/** The real agent, as a guest has it, of this machine: what it is told to do is done here. */
export async function startAgent(): Promise<GuestAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-agent-'));
  const socketPath = join(folder, 'agent.sock');
  const args = ['-m', 'unix-listen', '-p', socketPath, '-t', folder, '-f', join(folder, 'pid')];
  const agent = spawn('qemu-ga', args, {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  await once(agent, 'spawn');
  await until(() => existsSync(socketPath));
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      const gone = once(agent, 'exit');
      agent.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Something in a guest that is no agent: `hear` gets each line that is sent to it. */
export async function startImpostor(hear: (line: string, socket: Socket) => void): Promise<GuestAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-agent-'));
  const socketPath = join(folder, 'agent.sock');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (piece: string) => {
      const lines = (text + piece).split('\n');
      text = lines.pop()!;
      for (const line of lines) hear(line, socket);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** For an impostor: an agent that syncs as it should and answers so. */
export const answering =
  (answers: Readonly<Record<string, (socket: Socket) => void>>) => (line: string, socket: Socket) => {
    const { execute, arguments: args } = JSON.parse(line.slice(line.indexOf('{'))) as {
      execute: string;
      arguments: { id: number };
    };
    if (execute === 'guest-sync-delimited') socket.write(Buffer.from(`\xff{"return": ${args.id}}\n`, 'latin1'));
    else if (execute === 'guest-info') socket.write('{"return": {"version": "9.9"}}\n');
    else answers[execute]?.(socket);
  };
export const says = (value: object) => (socket: Socket) => void socket.write(`${JSON.stringify(value)}\n`);
