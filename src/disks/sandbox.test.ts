import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runLimited } from './sandbox.ts';

const MIB = 1024 ** 2;

test('threads of a program cost its limited address space little, however many it starts', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-sandbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [raw, vmdk, back] = ['disk.raw', 'disk.vmdk', 'back.raw'].map((name) => join(folder, name));
  writeFileSync(raw!, randomFillSync(Buffer.alloc(32 * MIB)));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', raw!, vmdk!]);
  const limits = { memoryBytes: 384 * MIB, cpuSeconds: 600, fileBytes: 64 * MIB, timeoutMs: 600_000 };
  for (let time = 0; time < 5; time++) {
    await runLimited('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', vmdk!, back!], limits);
    assert.ok(readFileSync(back!).equals(readFileSync(raw!)));
  }
});
