import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Nic } from '../../src/machines/machines.ts';
import { subnetOf } from '../../src/machines/network/namespace/addresses.ts';
import { namesOf } from '../../src/machines/network/namespace/names.ts';

type Protocol = 'tcp' | 'udp';

/** A place in the network from which others are asked: a guest, or with null this machine. */
export interface Place {
  /** What the server there says, after a while if need be; null: it is not reached. */
  ask(address: string, port: number, protocol?: Protocol): Promise<string | null>;
  /** Not reached in 0.3 s, a hundred times what such a packet takes. */
  isKeptFrom(address: string, port: number): Promise<boolean>;
  pings(address: string): Promise<boolean>;
  /** No answer to a ping, in a second. */
  pingsInVain(address: string): Promise<boolean>;
  /** Runs a program to its end; answers what it wrote, null when it failed. */
  run(program: string, ...args: string[]): Promise<string | null>;
  /** Answers everybody who connects to the port with a name and who they are. */
  serve(port: number, name: string, protocol?: Protocol): Promise<void>;
}

/** Stands for a machine: a namespace whose one card is made as QEMU would make it, for the network to take and plug in. */
export interface Guest extends Place, Disposable {
  readonly nic: Nic;
  readonly namespace: string;
}

const runProgram = promisify(execFile);
const PATIENCE_S = '60';

export function placeIn(namespace: string | null, servers: ChildProcess[]): Place {
  const inside = namespace === null ? [] : ['ip', 'netns', 'exec', namespace];
  const run = async (...words: string[]): Promise<string | null> => {
    const [program, ...args] = [...inside, ...words];
    try {
      const ran = runProgram(program!, args, { timeout: 90_000 });
      ran.child.stdin?.end();
      return (await ran).stdout;
    } catch {
      return null;
    }
  };
  const ping = async (address: string) => (await run('busybox', 'ping', '-c', '1', '-W', '1', address)) !== null;
  return {
    run,
    ask: (address, port, protocol = 'tcp') =>
      protocol === 'tcp'
        ? run('ncat', '--recv-only', '-w', PATIENCE_S, address, String(port))
        : run(process.execPath, '-e', ASK_BY_UDP, address, String(port)),
    isKeptFrom: async (address, port) =>
      (await run('ncat', '--recv-only', '-w', '300ms', address, String(port))) === null,
    async pings(address) {
      for (let tries = 0; tries < 60; tries++) if (await ping(address)) return true;
      return false;
    },
    pingsInVain: async (address) => !(await ping(address)),
    async serve(port, name, protocol = 'tcp') {
      const program = [process.execPath, '--disable-warning=ExperimentalWarning', SERVER, protocol, String(port), name];
      const [command, ...args] = [...inside, ...program];
      const server = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      servers.push(server);
      await once(createInterface({ input: server.stdout }), 'line');
    },
  };
}

/** Asks again each second: datagrams may be lost. */
const ASK_BY_UDP = `
  const socket = require('node:dgram').createSocket('udp4');
  const ask = () => socket.send('?', Number(process.argv[2]), process.argv[1]);
  socket.on('message', (text) => { process.stdout.write(text); process.exit(); });
  setInterval(ask, 1000);
  ask();
`;

const SERVER = `${import.meta.dirname}/sayName.ts`;

export function createGuest(dataFolder: string, nic: Nic): Guest {
  const namespace = `guest-${nic.instanceId}`;
  const card = namesOf(dataFolder).card(nic.instanceId);
  const { prefix, gateway } = subnetOf(nic.cidrBlock);
  execFileSync('ip', ['netns', 'add', namespace]);
  execFileSync('ip', ['-batch', '-'], {
    input: `link add dev ${card} type veth peer name eth0 address ${nic.macAddress} netns ${namespace}\n`,
  });
  execFileSync('ip', ['-netns', namespace, '-batch', '-'], {
    input: [
      'link set dev lo up',
      'link set dev eth0 up',
      `address add ${nic.privateIp}/${prefix} dev eth0`,
      `route add default via ${gateway}`,
      '',
    ].join('\n'),
  });
  const servers: ChildProcess[] = [];
  return {
    ...placeIn(namespace, servers),
    nic,
    namespace,
    [Symbol.dispose]() {
      for (const server of servers) server.kill('SIGKILL');
      execFileSync('ip', ['netns', 'delete', namespace]);
    },
  };
}
