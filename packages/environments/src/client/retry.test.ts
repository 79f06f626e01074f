import { isIcrlError } from '@icrl/core'
import { expect, it, vi } from 'vitest'
import type * as requestJson from './request-json.ts'
import { isRequestFailure, RequestFailure } from './request-json.ts'
import { retry, startTries } from './retry.ts'

const tries = (retries: number) => startTries({ retries, retryDelayMs: 0, retryForMs: 1000 })

/** The same module, evaluated once more: what a second copy of the package is. */
async function secondCopy(): Promise<typeof requestJson> {
  vi.resetModules()
  return import('./request-json.ts')
}

it('tries again after failures that another copy of the package reports', async () => {
  const other = await secondCopy()
  const theirs = new other.RequestFailure('busy.', 'not-sent', { status: 503 })
  expect(theirs).not.toBeInstanceOf(RequestFailure)
  expect(isRequestFailure(theirs)).toBe(true)
  expect(isIcrlError(theirs, 'environment-failed')).toBe(true)
  let attempts = 0
  const attempt = async (): Promise<string> => {
    if (++attempts < 3) throw theirs
    return 'done'
  }
  expect(await retry(attempt, tries(2), undefined, () => true)).toBe('done')
})

it('throws what is no failure of a request at once', async () => {
  let attempts = 0
  const attempt = async (): Promise<never> => {
    attempts++
    throw new TypeError('a mistake')
  }
  await expect(retry(attempt, tries(5), undefined, () => true)).rejects.toThrow('a mistake')
  expect(attempts).toBe(1)
})
