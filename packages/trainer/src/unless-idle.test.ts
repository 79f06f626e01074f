import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { unlessIdle } from './unless-idle.ts'

/** What would be told that the process has nothing left to do. */
const listeners = new Set<() => void>()
beforeEach(() => {
  const { on, off } = process
  vi.spyOn(process, 'on').mockImplementation(function (this: NodeJS.Process, event, listener) {
    if (event !== 'beforeExit') return on.call(this, event, listener)
    listeners.add(listener as () => void)
    return this
  } as typeof process.on)
  vi.spyOn(process, 'off').mockImplementation(function (this: NodeJS.Process, event, listener) {
    if (event !== 'beforeExit') return off.call(this, event, listener)
    listeners.delete(listener as () => void)
    return this
  } as typeof process.off)
})
afterEach(() => void vi.restoreAllMocks())

const runDry = (): void => listeners.forEach((listener) => listener())
const never = (): Promise<never> => new Promise(() => undefined)

it('gives the result or the error of work that settles, and listens no longer', async () => {
  expect(await unlessIdle('a step', Promise.resolve(3))).toBe(3)
  await expect(unlessIdle('a step', Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(listeners.size).toBe(0)
})

it('ends what began last, and then what waits for that', async () => {
  const inner = unlessIdle('train: step 3', never())
  inner.catch(() => undefined)
  const outer = unlessIdle('program: the script', never())
  outer.catch(() => undefined)
  expect(listeners.size).toBe(1)
  runDry()
  await expect(outer).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('program: the script waits for something'),
  })
  expect(listeners.size).toBe(1)
  runDry()
  await expect(inner).rejects.toThrow('train: step 3 waits')
  expect(listeners.size).toBe(0)
})
