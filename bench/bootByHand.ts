import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A machine as somebody starts it by hand. */
export interface HandMachine {
  port: number;
  end(): Promise<void>;
}

/**
 * Starts plain QEMU on a new qcow2 overlay over the raw image, with the devices that our guests have. Its network is QEMU's own user mode, with port 22 led
 * to it and a bare metadata server, so that the guest does at its start what ours does.
 */
export async function startByHand(options: {
  folder: string;
  image: string;
  name: string;
  accelerator: string;
  memoryMib: number;
  metadataPort: number;
}): Promise<HandMachine> {
  const { folder, image, name, accelerator, memoryMib, metadataPort } = options;
  const overlay = join(folder, `${name}.qcow2`);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'raw', overlay]);
  const port = await freePort();
  const metadata = `guestfwd=tcp:100.100.100.200:80-cmd:busybox nc 127.0.0.1 ${metadataPort}`;
  const args = [
    ['-nodefaults', '-no-user-config', '-machine', 'pc', '-smp', '1', '-m', String(memoryMib)],
    accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
    ['-smbios', 'type=1,manufacturer=Alibaba Cloud,product=Alibaba Cloud ECS'],
    ['-chardev', `file,id=serial,path=${join(folder, `${name}.log`)}`, '-device', 'isa-serial,chardev=serial'],
    ['-device', 'virtio-rng-pci', '-device', 'VGA', '-display', `vnc=unix:${join(folder, `${name}.vnc`)}`],
    ['-netdev', `user,id=net0,net=100.100.100.0/24,hostfwd=tcp:127.0.0.1:${port}-:22,${metadata}`],
    ['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ['-drive', `file=${overlay},format=qcow2,if=virtio`],
  ].flat();
  const child = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  return {
    port,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Answers what the tiny disk asks for. */
export async function serveMetadata(publicKey: string): Promise<{ port: number; close(): void }> {
  const answers: Record<string, string> = {
    '/latest/api/token': 'token',
    '/latest/meta-data/instance-id': 'i-by-hand',
    '/latest/meta-data/hostname': 'byhand',
    '/latest/meta-data/public-keys/0/openssh-key': publicKey,
  };
  const server = createHttpServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { Connection: 'close' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
