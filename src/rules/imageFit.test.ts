import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misfit, type ImageTraits } from './imageFit.ts';
import { findInstanceType } from './instanceTypes.ts';

const linux: ImageTraits = {
  architecture: 'x86_64',
  osType: 'linux',
  osNameEn: 'Debian  12.0 64 bit',
  nvmeSupport: 'unsupported',
  isSupportIoOptimized: 1,
};

function fits(image: Partial<ImageTraits>, instanceTypeId: string): boolean {
  const type = findInstanceType(instanceTypeId);
  assert.ok(type, instanceTypeId);
  return misfit({ ...linux, ...image }, type) === null;
}

test('architecture', () => {
  assert.equal(fits({}, 'ecs.g6.large'), true);
  assert.equal(fits({}, 'ecs.g6r.large'), false);
  assert.equal(fits({ architecture: 'arm64' }, 'ecs.g6r.large'), true);
  assert.equal(fits({ architecture: 'arm64' }, 'ecs.g6.large'), false);
});

test('memory: 32-bit systems below 4 GiB, Windows from 1 GiB but for 1709', () => {
  assert.equal(fits({ architecture: 'i386' }, 'ecs.t6-c1m1.large'), true);
  assert.equal(fits({ architecture: 'i386' }, 'ecs.c6.large'), false);
  assert.equal(fits({ osType: 'windows' }, 'ecs.t5-lc2m1.nano'), false);
  assert.equal(fits({ osType: 'windows', osNameEn: 'Windows Server  Version 1709 64 bit' }, 'ecs.t5-lc2m1.nano'), true);
  assert.equal(fits({ osType: 'windows' }, 'ecs.t5-lc1m1.small'), true);
});

test("the vendor's Linux 2 needs KVM", () => {
  const second = { osNameEn: 'Alibaba Cloud Linux  2.1903 LTS 64 bit' };
  assert.equal(fits(second, 'ecs.s2.large'), false);
  assert.equal(fits(second, 'ecs.g6.large'), true);
  assert.equal(fits({ osNameEn: 'Aliyun Linux  17.1 64 bit' }, 'ecs.s2.large'), true);
});

test('NVMe-only and I/O-optimised-only types', () => {
  assert.equal(fits({}, 'ecs.g8i.large'), false);
  assert.equal(fits({ nvmeSupport: 'supported' }, 'ecs.g8i.large'), true);
  assert.equal(fits({ isSupportIoOptimized: 0 }, 'ecs.g6.large'), false);
  assert.equal(fits({ isSupportIoOptimized: 0 }, 'ecs.s2.large'), true);
});
