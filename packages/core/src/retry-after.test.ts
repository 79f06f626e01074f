import { expect, it } from 'vitest'
import { retryAfter } from './retry-after.ts'

const NOON = Date.UTC(2030, 0, 1, 12)

it.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '5' }, 5000],
  [{ 'retry-after': ' 0.25 ' }, 250],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '5, 5' }, 5000],
  [{ 'retry-after-ms': '120', 'retry-after': '5' }, 120],
  [{ 'retry-after-ms': '', 'retry-after': '5' }, 5000],
  [{ 'retry-after-ms': 'soon', 'retry-after': '5' }, 5000],
  [{ 'x-ms-retry-after-ms': '80' }, 80],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': '-3' }, undefined],
  [{ 'retry-after': 'in 5 minutes' }, undefined],
  // The three forms of RFC 9110: the usual one, RFC 850's, and asctime's without a zone.
  [{ 'retry-after': 'Tue, 01 Jan 2030 12:00:04 GMT' }, 4000],
  [{ 'retry-after': 'Tuesday, 01-Jan-30 12:00:04 GMT' }, 4000],
  [{ 'retry-after': 'Tue Jan  1 12:00:04 2030' }, 4000],
  [{ 'retry-after': '2030-01-01T12:00:04Z' }, 4000],
  [{ 'retry-after': 'Tue, 01 Jan 2030 11:00:00 GMT' }, 0],
])('reads %j as %s', (headers, expected) => {
  expect(retryAfter((name) => headers[name], NOON)).toBe(expected)
})
