import { inspect } from 'node:util'
import { isIcrlError, type Episode } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { appTransport, systemError, type AppRequest } from '../../test/app-transport.ts'
import { nonceApp, nonceDialect, nonceSteps, playNonce } from '../../test/nonce-app.ts'
import { json, plain } from '../../test/responding.ts'
import { agentgymEnvironment, type AgentgymOptions } from './agentgym-environment.ts'
import { remoteRetriever } from './remote-retriever.ts'
import type { TransportReply } from './transport.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

type Fault = (request: AppRequest) => void | TransportReply | Promise<void | TransportReply>

/** An environment on these hosts, and the requests they got with the times in milliseconds. */
function played(
  fault: Fault,
  {
    servers = ['http://a'],
    steps = nonceSteps,
    ...options
  }: Partial<AgentgymOptions> & { steps?: number } = {},
) {
  const seen: (AppRequest & { readonly at: number })[] = []
  const hosts = servers.map((url) => new URL(url).hostname)
  const environment = agentgymEnvironment(nonceDialect, {
    servers,
    transport: appTransport(
      Object.fromEntries(hosts.map((host) => [host, nonceApp(steps)])),
      (request) => {
        seen.push({ ...request, at: Date.now() })
        return fault(request)
      },
    ),
    ...options,
  })
  const count = (path: string, host?: string): number =>
    seen.filter((one) => one.path === path && (host ?? one.url.hostname) === one.url.hostname)
      .length
  return { environment, seen, count }
}

/** The result, once every timer that it waits for has run. */
async function after<T>(work: Promise<T>): Promise<T> {
  const settled = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await vi.runAllTimersAsync()
  const result = await settled
  if ('error' in result) throw result.error
  return result.value
}

async function opened(environment: { open(): Promise<Episode> }): Promise<Episode> {
  return environment.open()
}

describe('tries', () => {
  it('are those of a step with all that it needs, and every session is closed', async () => {
    const retries = 8
    const { environment, seen, count } = played(
      ({ path, body }) =>
        path === '/step' && body.action === '0-10' ? plain('oops', 500) : undefined,
      { retries, steps: 20 },
    )
    const episode = await opened(environment)
    await episode.reset('0')
    for (let turn = 0; turn < 10; turn++) await episode.step(`0-${turn}`)
    const before = seen.length
    await expect(after(episode.step('0-10'))).rejects.toThrow('status 500')
    await after(episode.close())
    expect(count('/create')).toBe(retries + 1)
    expect(count('/close')).toBe(retries + 1)
    // Each: close, create, reset, ten steps taken again, the step.
    expect(seen.length - before).toBeLessThanOrEqual((retries + 1) * 14)
  })

  it('are not multiplied by requests within requests', async () => {
    const { environment, count } = played(
      ({ path }) => (path === '/reset' ? plain('busy', 503) : undefined),
      { retries: 3 },
    )
    const episode = await opened(environment)
    await expect(after(episode.reset('0'))).rejects.toThrow('status 503')
    expect(count('/reset')).toBe(4)
  })

  it('end when their time is up', async () => {
    const { environment, seen } = played(
      ({ timeoutMs }) =>
        new Promise((_, reject) => setTimeout(() => reject(systemError('ETIMEDOUT')), timeoutMs)),
      { timeoutMs: 120_000, retries: 8 },
    )
    const episode = await opened(environment)
    await expect(after(episode.reset('0'))).rejects.toThrow('ETIMEDOUT')
    expect(seen.length).toBe(3)
    expect(seen.at(-1)!.at).toBeLessThan(300_000)
  })

  it.each([
    ['2', 2000],
    [new Date(7000).toUTCString(), 7000],
    ['100000', 60_000],
  ])('wait as long as the server asks, a minute at most: %s', async (asked, wait) => {
    let left = 1
    const { environment, seen } = played(({ path }) =>
      path === '/step' && left-- > 0
        ? { ...plain('slow down', 429), headers: { 'retry-after': asked } }
        : undefined,
    )
    const episode = await opened(environment)
    await after(episode.reset('0'))
    vi.setSystemTime(0)
    await after(episode.step('0-0'))
    expect(seen.filter(({ path }) => path === '/step').map(({ at }) => at)).toEqual([0, wait])
  })

  it('of a search wait as well', async () => {
    const at: number[] = []
    const retriever = remoteRetriever('http://a?key=1', {
      retryDelayMs: 100,
      transport: async (url) => {
        at.push(Date.now())
        expect(url).toBe('http://a/retrieve?key=1')
        if (at.length === 1) return plain('', 503)
        if (at.length === 2) return { ...plain('', 429), headers: { 'retry-after': '3' } }
        return json({ result: [[]] })
      },
    })
    expect(await after(retriever.retrieve(['q'], 1))).toEqual([[]])
    expect(at).toEqual([0, 100, 3100])
  })
})

describe('sessions', () => {
  it('that come after they were called off are closed', async () => {
    let arrive: () => void = () => undefined
    const { environment, count } = played(({ path }) =>
      path === '/create' ? new Promise<void>((resolve) => (arrive = resolve)) : undefined,
    )
    const episode = await opened(environment)
    const controller = new AbortController()
    const reset = episode.reset('0', controller.signal)
    controller.abort()
    await expect(reset).rejects.toSatisfy((error) => isIcrlError(error, 'aborted'))
    await episode.close()
    expect(count('/close')).toBe(0)
    arrive()
    await vi.runAllTimersAsync()
    expect(count('/close')).toBe(1)
  })

  it('are not waited for long after they were called off', async () => {
    let isAborted = false
    const { environment } = played(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal!.addEventListener('abort', () => {
            isAborted = true
            reject(systemError('ABORT_ERR'))
          })
        }),
    )
    const episode = await opened(environment)
    const controller = new AbortController()
    const reset = episode.reset('0', controller.signal)
    controller.abort()
    await expect(reset).rejects.toSatisfy((error) => isIcrlError(error, 'aborted'))
    await vi.advanceTimersByTimeAsync(2000)
    expect(isAborted).toBe(true)
  })

  it('take an answer that writes out that there is no error', async () => {
    const { environment } = played(({ path }) =>
      path === '/step'
        ? json({ observation: 'o', reward: 0, done: false, error: null })
        : undefined,
    )
    const episode = await opened(environment)
    await episode.reset('0')
    expect((await episode.step('a')).observation).toBe('o')
  })
})

describe('a pool', () => {
  const servers = ['http://a', 'http://b']
  const dead = new Set<string>()
  beforeEach(() => dead.clear())
  const refusing: Fault = ({ url }) => {
    if (dead.has(url.hostname)) throw systemError('ECONNREFUSED')
  }

  it('sets a dead server aside, tries it again later, and uses it once it answers', async () => {
    dead.add('a')
    const { environment, count } = played(refusing, { servers, retryDelayMs: 1 })
    const play = async (item: number): Promise<number> => {
      const episode = await opened(environment)
      const reward = await playNonce(episode, item)
      await episode.close()
      return reward
    }
    for (let item = 0; item < 10; item++) expect(await after(play(item))).toBe(1)
    expect([count('/create', 'a'), count('/create', 'b')]).toEqual([1, 10])
    // Its second is over: one episode tries it, for twice as long then nobody.
    vi.setSystemTime(Date.now() + 1000)
    const both = await after(Promise.all([play(10), play(11)]))
    expect([both, count('/create', 'a')]).toEqual([[1, 1], 2])
    vi.setSystemTime(Date.now() + 1900)
    await after(play(12))
    expect(count('/create', 'a')).toBe(2)
    dead.clear()
    vi.setSystemTime(Date.now() + 2000)
    await after(play(13))
    expect(count('/create', 'a')).toBe(3)
    const several = await after(Promise.all(Array.from({ length: 8 }, (_, item) => play(item))))
    expect(several).toEqual(new Array(8).fill(1))
    expect(count('/create', 'a')).toBe(7)
  })

  it('goes on elsewhere where a server dies in the middle of an episode', async () => {
    const { environment, count } = played(refusing, { servers, retryDelayMs: 1 })
    const episodes = await Promise.all([opened(environment), opened(environment)])
    await Promise.all(episodes.map((episode, item) => episode.reset(String(item))))
    await Promise.all(episodes.map((episode, item) => episode.step(`${item}-0`)))
    dead.add('a')
    for (let turn = 1; turn < nonceSteps; turn++) {
      const steps = await after(
        Promise.all(episodes.map((episode, item) => episode.step(`${item}-${turn}`))),
      )
      if (turn === nonceSteps - 1) expect(steps.map(({ reward }) => reward)).toEqual([1, 1])
    }
    expect(count('/create', 'b')).toBe(2)
  })

  it('goes on elsewhere where a server falls silent', async () => {
    const { environment, count } = played(
      ({ url, timeoutMs }) =>
        dead.has(url.hostname)
          ? new Promise((_, reject) =>
              setTimeout(() => reject(systemError('ETIMEDOUT')), timeoutMs),
            )
          : undefined,
      { servers, timeoutMs: 10_000 },
    )
    const episode = await opened(environment)
    await episode.reset('0')
    dead.add('a')
    expect((await after(episode.step('0-0'))).observation).toBe('task 0: 0-0')
    expect(count('/create', 'b')).toBe(1)
  })

  it('tries on where all are dead, as often as asked for', async () => {
    dead.add('a').add('b')
    const { environment, seen } = played(refusing, { servers, retries: 3 })
    const episode = await opened(environment)
    await expect(after(episode.reset('0'))).rejects.toThrow('ECONNREFUSED')
    expect(seen).toHaveLength(4)
  })
})

it('keeps secrets of its addresses out of errors, and their query behind the path', async () => {
  const { environment, seen } = played(
    ({ url }) => {
      if (url.pathname === '/base/create') return json({ id: 0 })
      throw systemError('ECONNREFUSED')
    },
    { servers: ['http://user:SECRET@a/base/?key=SECRET'], retries: 1 },
  )
  const episode = await opened(environment)
  const error: unknown = await after(episode.reset('0')).catch((thrown: unknown) => thrown)
  expect(inspect(error, { depth: 9 })).not.toContain('SECRET')
  expect(String(error)).toContain('http://a/base/reset: ECONNREFUSED')
  expect(seen[0].url.href).toBe('http://user:SECRET@a/base/create?key=SECRET')
  expect(() => played(() => undefined, { servers: ['htp://user:SECRET@a'] })).toThrow(
    '"htp://a" is no address',
  )
})
