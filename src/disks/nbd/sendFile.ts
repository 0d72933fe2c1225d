/** Sends bytes of a file to a socket in blocking mode; answers how many went: fewer where the file ends or the system refuses. */
export type SendFile = (socket: number, file: number, offset: number, length: number) => number;

/**
 * sendfile(2) of Linux: the kernel hands its own pages to the socket, where reading and writing copies them twice. Null where it can't be called: Node has
 * the module only where it can load libraries.
 */
export const sendFile: SendFile | null = load();

function load(): SendFile | null {
  const ffi = process.platform === 'linux' ? process.getBuiltinModule('node:ffi') : undefined;
  if (!ffi) return null;
  try {
    const { functions } = ffi.dlopen(null, {
      sendfile: { arguments: ['i32', 'i32', 'pointer', 'u64'], return: 'i64' },
    });
    const position = new BigInt64Array(1);
    const pointer = ffi.getRawPointer(position);
    return (socket, file, offset, length) => {
      position[0] = BigInt(offset);
      let sent = 0;
      while (sent < length) {
        const count = Number(functions.sendfile(socket, file, pointer, BigInt(length - sent)));
        if (count <= 0) break;
        sent += count;
      }
      return sent;
    };
  } catch {
    return null;
  }
}
