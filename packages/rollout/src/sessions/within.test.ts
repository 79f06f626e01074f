import { IcrlError, type QuestionTask, type SessionResult } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bindings, tasks } from '../../test/arithmetic.ts'
import { corridor, type CorridorOptions } from '../../test/corridor.ts'
import { scriptedSampler } from '../../test/scripted-sampler.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import { multiTurn, runSessions, singleTurn, solveOnce, type RunSessionsOptions } from '../index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = (): Promise<never> => new Promise(() => undefined)

/** Sessions of a protocol, with all the time they need. */
async function ran(
  protocol: RunSessionsOptions['protocol'],
  options: Partial<RunSessionsOptions> = {},
): Promise<SessionResult[]> {
  const renderer = wordRenderer()
  const solver = scriptedSampler(renderer, () => 'do go right')
  const results = runSessions({
    protocol,
    tasks: tasks(2),
    sessions: 1,
    samplers: { solver, critic: solver },
    bindings: bindings(renderer),
    draw: { seed: 0, domain: 'train', step: 0 },
    ...options,
  })
  results.catch(() => undefined)
  await vi.runAllTimersAsync()
  return results
}

describe('a callback that never settles', () => {
  it('fails its session with a clear error, and the others go on: a verifier', async () => {
    const attempt = singleTurn<QuestionTask>({
      prompt: ({ question }) => [{ role: 'user', content: question }],
      verifier: ({ task }) => (task.id === tasks(2)[0].id ? never() : { reward: 1, valid: true }),
    })
    const [hung, other] = await ran(solveOnce(attempt) as never)
    expect(hung.failure).toMatchObject({
      reason: `verifier, task "${hung.task}", round 1: no answer in 600 s. Find what never settles, or raise verifierTimeoutMs.`,
      tokens: expect.any(Number) as number,
    })
    expect(hung.failure!.tokens).toBeGreaterThan(0)
    expect(other.outcomes).toHaveLength(1)
  })

  it.each(['open', 'reset', 'step'] as const)(
    'fails its session: %s of an environment',
    async (call) => {
      const calls: string[] = []
      const trouble: CorridorOptions['trouble'] = (_, what) => {
        calls.push(what)
        return what === call ? never() : undefined
      }
      const environment = corridor({ trouble })
      const protocol = solveOnce(multiTurn({ environment, environmentTimeoutMs: 1000 }))
      const [{ failure }] = await ran(protocol, { tasks: [{ id: 'd2' }] })
      expect(failure?.reason).toContain(
        `${call}: no answer in 1 s. Find what never settles, or raise environmentTimeoutMs.`,
      )
      // What hangs is not tried again.
      expect(calls.filter((what) => what === call)).toHaveLength(1)
      expect(environment.closed).toBe(environment.opened)
    },
  )

  it('is opened anew after an error, unless its environment has tried enough', async () => {
    for (const triedEnough of [false, true]) {
      const environment = corridor({
        trouble: (_, what) => {
          if (what !== 'step') return
          throw new IcrlError('down.', { code: 'environment-failed', remedy: 'Wait.', triedEnough })
        },
      })
      const protocol = solveOnce(multiTurn({ environment, environmentRetries: 2 }))
      const [{ failure }] = await ran(protocol, { tasks: [{ id: 'd2' }] })
      expect(failure?.reason).toContain('down.')
      expect(environment.opened).toBe(triedEnough ? 1 : 3)
    }
  })

  it('costs an attempt that is over nothing: close of an environment', async () => {
    const environment = corridor({ trouble: (_, what) => (what === 'close' ? never() : undefined) })
    const errors: string[] = []
    const protocol = solveOnce(
      multiTurn({ environment, onEnvironmentError: ({ message }) => errors.push(message) }),
    )
    const [{ failure, outcomes }] = await ran(protocol, { tasks: [{ id: 'd2' }] })
    expect([failure, outcomes.length]).toEqual([undefined, 1])
    expect(errors).toEqual([expect.stringContaining('closing failed: close: no answer in 600 s')])
  })

  it('is closed where it opens too late', async () => {
    let arrive: () => void = () => undefined
    const late = new Promise<void>((resolve) => (arrive = resolve))
    const environment = corridor({ trouble: (_, what) => (what === 'open' ? late : undefined) })
    const protocol = solveOnce(multiTurn({ environment, environmentTimeoutMs: 1000 }))
    const [{ failure }] = await ran(protocol, { tasks: [{ id: 'd2' }] })
    expect(failure?.reason).toContain('open: no answer')
    arrive()
    await vi.runAllTimersAsync()
    expect([environment.opened, environment.closed]).toEqual([1, 1])
  })

  it('does not keep the process once its session is over', async () => {
    const attempt = singleTurn<QuestionTask>({
      prompt: ({ question }) => [{ role: 'user', content: question }],
      verifier: never,
    })
    const controller = new AbortController()
    const renderer = wordRenderer()
    const solver = scriptedSampler(renderer, () => 'it is 1')
    const results = runSessions({
      protocol: solveOnce(attempt),
      tasks: tasks(1),
      sessions: 1,
      samplers: { solver, critic: solver },
      bindings: bindings(renderer),
      draw: { seed: 0, domain: 'train', step: 0 },
      signal: controller.signal,
    })
    results.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(10)
    controller.abort()
    await vi.advanceTimersByTimeAsync(2000)
    await expect(results).rejects.toThrow('aborted')
    expect(vi.getTimerCount()).toBe(0)
  })
})

it.each([0, -1, NaN, 2 ** 31])('refuses a limit of %s', (limit) => {
  const prompt = () => []
  const verifier = () => ({ reward: 0, valid: true })
  expect(() => singleTurn({ prompt, verifier, verifierTimeoutMs: limit })).toThrow(
    `singleTurn: verifierTimeoutMs is ${limit}.`,
  )
  expect(() => multiTurn({ environment: corridor(), environmentTimeoutMs: limit })).toThrow(
    `multiTurn: environmentTimeoutMs is ${limit}.`,
  )
})
