import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isDescription,
  isHostName,
  isImageName,
  isPassword,
  isResourceGroupId,
  isResourceName,
  isSnapshotName,
  isTagKey,
  isTagValue,
  likePattern,
} from './names.ts';

function check(rule: (text: string) => boolean, good: string[], bad: string[]): void {
  for (const text of good) assert.equal(rule(text), true, JSON.stringify(text));
  for (const text of bad) assert.equal(rule(text), false, JSON.stringify(text));
}

test('resource names', () => {
  check(
    isResourceName,
    ['ab', '测试 image'.replace(' ', '_'), 'a:b_c-d.e', `a${'x'.repeat(127)}`],
    ['', 'a', '1ab', '_ab', 'a b', `a${'x'.repeat(128)}`, 'http://a', 'a/b', 'a\nb', 'ab\n'],
  );
});

test('image and snapshot names keep the reserved prefixes', () => {
  check(isImageName, ['web-1.2'], ['acs:web', 'aliyun-web', 'Aliyun-web']);
  check(isSnapshotName, ['manual-1'], ['auto2.0_20260101_sp', 'Autosnap']);
});

test('descriptions', () => {
  check(isDescription, ['', 'ok', 'x'.repeat(256)], ['x', 'x'.repeat(257), 'http://x', 'HTTPS://x']);
});

test('resource groups', () => {
  check(isResourceGroupId, ['rg-acfmxvzz7gw3wky'], ['', 'rg-', 'acfm', 'rg-A', 'rg-a b']);
});

test('host names by system', () => {
  check(
    (name) => isHostName(name, 'linux'),
    ['ab', 'web.example.com', 'a-1'],
    ['a', '.ab', 'ab.', 'a..b', '-ab', 'ab-', 'a_b', 'x'.repeat(65)],
  );
  check(
    (name) => isHostName(name, 'windows'),
    ['ab', 'WEB-1', 'x'.repeat(15)],
    ['a', '12', 'a.b', 'x'.repeat(16), '-ab'],
  );
});

test('passwords need three of four classes', () => {
  check(
    (text) => isPassword(text, 'linux'),
    ['Abcdefg1', 'abcdef1!', '/Abcdef1'],
    ['Abcdef1', 'abcdefgh', 'abcdefg1', `Aa1${'x'.repeat(28)}`, 'Abcdef1 ', 'Abcdefg1é'],
  );
  check((text) => isPassword(text, 'windows'), ['Abcdefg1'], ['/Abcdef1']);
});

test('tags', () => {
  check(isTagKey, ['k', 'x'.repeat(128), '中文'], ['', 'x'.repeat(129), 'acs:k', 'aliyunk', 'a http://b', 'a\0']);
  check(isTagValue, ['', 'aliyun', 'x'.repeat(128)], ['x'.repeat(129), 'acs:v', 'https://v', 'a\n']);
});

test('a fuzzy name becomes a LIKE pattern that matches nothing else', () => {
  assert.equal(likePattern('a*b'), 'a%b');
  assert.equal(likePattern('100%_x\\'), '100\\%\\_x\\\\');
});
