import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DATA_DEVICES, isDataDevice, nextDataDevice } from './devices.ts';
import { diskSizes, takesDiskCategory } from './diskCategories.ts';

test('sizes by category and performance level', () => {
  const sizes = (category: string, type: 'system' | 'data', performanceLevel: string | null = null) => {
    const range = diskSizes({ category, performanceLevel }, type);
    return range && `${range.min}-${range.max}`;
  };
  assert.equal(sizes('cloud', 'data'), '5-2000');
  assert.equal(sizes('cloud', 'system'), '20-500');
  assert.equal(sizes('cloud_efficiency', 'data'), '20-32768');
  assert.equal(sizes('cloud_ssd', 'system'), '20-2048');
  assert.equal(sizes('cloud_essd', 'data'), '20-65536');
  assert.equal(sizes('cloud_essd', 'data', 'PL0'), '1-65536');
  assert.equal(sizes('cloud_essd', 'data', 'PL2'), '461-65536');
  assert.equal(sizes('cloud_essd', 'system', 'PL3'), '1261-2048');
  assert.equal(sizes('cloud_auto', 'system'), '1-2048');
  assert.equal(sizes('cloud_essd_entry', 'data'), '10-32768');
  assert.equal(sizes('elastic_ephemeral_disk_premium', 'data'), '64-8192');
  assert.equal(sizes('elastic_ephemeral_disk_premium', 'system'), null);
  assert.equal(sizes('toString', 'data'), null);
});

test('what instances take', () => {
  const modern = { family: 'ecs.g6', ioOptimized: true };
  assert.equal(takesDiskCategory(modern, 'cloud_essd'), true);
  assert.equal(takesDiskCategory({ ...modern, ioOptimized: false }, 'cloud_essd'), false);
  assert.equal(takesDiskCategory({ ...modern, ioOptimized: false }, 'cloud'), true);
  assert.equal(takesDiskCategory(modern, 'cloud_essd_entry'), false);
  assert.equal(takesDiskCategory({ ...modern, family: 'ecs.e' }, 'cloud_essd_entry'), true);
  assert.equal(takesDiskCategory(modern, 'floppy'), false);
});

test('data devices are given in order, gaps first', () => {
  assert.equal(nextDataDevice(new Set()), '/dev/xvdb');
  assert.equal(nextDataDevice(new Set(['/dev/xvdb', '/dev/xvdd'])), '/dev/xvdc');
  assert.equal(nextDataDevice(new Set(DATA_DEVICES)), null);
  assert.equal(DATA_DEVICES.at(-1), '/dev/xvdz');
  assert.equal(isDataDevice('/dev/xvda'), false);
});
