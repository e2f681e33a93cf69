/** The page and the server must be of one version. */
import { readFileSync } from 'fs';
import { expect, it } from 'vitest';

import { fit, PAGE_VERSION } from '../versions';

it('the version of the page is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(PAGE_VERSION).toBe(version);
});

it.each([
  ['0.1.0', 'same'],
  ['0.1.0rc1', 'same'],
  ['0+unbuilt', 'same'],
  ['unknown', 'same'],
  ['0.0.9', 'server-older'],
  ['0.1.1', 'page-older'],
  ['1.0.0', 'page-older'],
  ['0.10.0', 'page-older']
])('a server of %s and a page of 0.1.0: %s', (server, expected) => {
  expect(fit(server, '0.1.0')).toBe(expected);
});

it('counts numbers as numbers', () => {
  expect(fit('0.9.0', '0.10.0')).toBe('server-older');
});
