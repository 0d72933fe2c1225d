const SECTOR_BYTES = 512;
/** Where firmware puts the first sector of a disk, and begins it. */
const ORIGIN = 0x7c00;
/** Tells the device isa-debug-exit at `PROBE_PORT` to end QEMU with 2 × 0x10 + 1. */
export const PROBE_PORT = 0xf4;
export const PROBE_STATUS = 0x21;

/**
 * A boot sector that goes to protected mode, takes an interrupt there and returns from it, then ends QEMU. Firmware runs before it, in real
 * mode; where KVM only emulates, this is where it gives up.
 */
export function probeSector(): Buffer {
  const [protectedAt, handlerAt, gdtAt, gdtrAt, idtAt, idtrAt] = [0x40, 0x60, 0x80, 0xa0, 0xb0, 0xc0] as const;
  const at = (offset: number) => [(ORIGIN + offset) & 0xff, (ORIGIN + offset) >> 8];
  const sector = Buffer.alloc(SECTOR_BYTES);
  const put = (offset: number, ...bytes: number[]) => void sector.set(bytes, offset);
  // cli; xor ax, ax; mov ds, ax; lgdt; lidt; mov eax, cr0; or al, 1; mov cr0, eax; jmp 8:protected
  put(0, 0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x0f, 0x01, 0x16, ...at(gdtrAt), 0x0f, 0x01, 0x1e, ...at(idtrAt));
  put(15, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xea, ...at(protectedAt), 0x08, 0x00);
  // mov eax, 16; mov ds, ax; mov ss, ax; mov esp, 0x7c00; int 0; mov dx, port; mov al, 0x10; out dx, al; hlt
  put(protectedAt, 0xb8, 0x10, 0, 0, 0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, ...at(0), 0, 0, 0xcd, 0x00);
  put(protectedAt + 16, 0x66, 0xba, PROBE_PORT, 0x00, 0xb0, 0x10, 0xee, 0xf4);
  // iret
  put(handlerAt, 0xcf);
  // Nothing; code; data: both from 0 to 4 GiB.
  put(gdtAt + 8, 0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0, 0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0);
  put(gdtrAt, 23, 0, ...at(gdtAt), 0, 0);
  put(idtAt, ...at(handlerAt), 0x08, 0x00, 0x00, 0x8e, 0x00, 0x00);
  put(idtrAt, 7, 0, ...at(idtAt), 0, 0);
  put(SECTOR_BYTES - 2, 0x55, 0xaa);
  return sector;
}
