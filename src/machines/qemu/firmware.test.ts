import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { flashOf } from './firmware.ts';

test('a machine that boots by UEFI has variables of its own, and needs the firmware', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-firmware-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const own = join(folder, 'i-1.uefi');
  assert.throws(() => flashOf('UEFI', folder, own), { code: 'FirmwareMissing', retryable: false });
  assert.equal(flashOf('UEFI-Preferred', folder, own), null);
  writeFileSync(join(folder, 'OVMF_CODE_4M.fd'), 'code');
  assert.throws(() => flashOf('UEFI', folder, own), { code: 'FirmwareMissing' });
  writeFileSync(join(folder, 'OVMF_VARS_4M.fd'), 'empty');
  assert.equal(flashOf('BIOS', folder, own), null);
  assert.ok(!existsSync(own));

  const flash = { codePath: join(folder, 'OVMF_CODE_4M.fd'), variablesPath: own };
  assert.deepEqual(flashOf('UEFI-Preferred', folder, own), flash);
  assert.equal(readFileSync(own, 'utf8'), 'empty');
  writeFileSync(own, 'boots from the first disk');
  assert.deepEqual(flashOf('UEFI', folder, own), flash);
  assert.equal(readFileSync(own, 'utf8'), 'boots from the first disk');
});
