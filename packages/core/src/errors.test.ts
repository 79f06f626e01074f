import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type * as errors from './errors.ts'
import { IcrlError, isIcrlError, isMarkedError, markError } from './errors.ts'

const options = { code: 'timeout', remedy: 'Wait.' } as const

/** The same module, evaluated once more: what a second copy of the package is. */
async function secondCopy(): Promise<typeof errors> {
  vi.resetModules()
  return import('./errors.ts')
}

class Named extends IcrlError {
  constructor() {
    super('late.', options)
    this.name = 'Named'
  }
}

describe('isIcrlError', () => {
  it('knows errors of another copy, in both directions', async () => {
    const other = await secondCopy()
    const theirs = new other.IcrlError('late.', options)
    expect(theirs).not.toBeInstanceOf(IcrlError)
    expect(isIcrlError(theirs, 'timeout')).toBe(true)
    expect(isIcrlError(theirs, 'aborted')).toBe(false)
    expect(other.isIcrlError(new IcrlError('late.', options), 'timeout')).toBe(true)
  })

  it('knows derived errors of another copy, whatever their name', async () => {
    const other = await secondCopy()
    expect(other.isIcrlError(new Named(), 'timeout')).toBe(true)
  })

  it.each([
    ['an error that only has the name and a code', impostor()],
    ['a plain error', new Error('late.')],
    ['a text', 'late.'],
    ['null', null],
    ['nothing', undefined],
  ])('is false for %s', (_, value) => expect(isIcrlError(value)).toBe(false))

  it('says what, and what to do', () => {
    const cause = new Error('socket')
    const error = new IcrlError('late.', { ...options, cause })
    expect(error).toMatchObject({ name: 'IcrlError', message: 'late. Wait.', cause, ...options })
  })
})

describe('markError', () => {
  it('is known to another copy by its mark alone', async () => {
    const other = await secondCopy()
    const error = new Error('full')
    other.markError(error, 'test.quota')
    expect(isMarkedError(error, 'test.quota')).toBe(true)
    expect(isMarkedError(error, 'test.other')).toBe(false)
    expect(isIcrlError(error)).toBe(false)
  })

  it('does not show where an error is printed or copied into JSON', () => {
    const error = new IcrlError('late.', options)
    expect(inspect(error)).not.toContain('icrl.error')
    markError(error, 'test.quota')
    expect(inspect(error)).not.toContain('test.quota')
    expect(Reflect.ownKeys({ ...error }).filter((key) => typeof key === 'symbol')).toEqual([])
  })
})

function impostor(): Error {
  return Object.assign(new Error('late.'), { name: 'IcrlError', code: 'timeout' })
}
