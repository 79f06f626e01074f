import {
  encodeSample,
  isIcrlError,
  randomStream,
  type QuestionTask,
  type SessionProtocol,
  type SessionResult,
  type TextGenerator,
} from '@icrl/core'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { arithmetic, bindings, tasks } from '../test/arithmetic.ts'
import { keyOf, scriptedSampler } from '../test/scripted-sampler.ts'
import { wordRenderer } from '../test/word-renderer.ts'
import { runSessions, sampledTokens, solveCritiqueRevise, solveOnce } from './index.ts'
import { GRACE_MS } from './sessions/or-aborted.ts'

const draw = { seed: 7, domain: 'train', step: 3 } as const

/** Every second session is wrong at first and right with advice. */
function setUp(delay?: (key: string) => number) {
  const renderer = wordRenderer()
  const sampler = scriptedSampler(
    renderer,
    ({ key }) =>
      key.role === 'critic'
        ? 'count once more'
        : key.round === 1 && key.session % 2 === 0
          ? 'it is wrong'
          : `it is ${Number(key.task.slice(1)) + 1}`,
    ({ key }) => delay?.(`${key.task}/${key.session}/${key.role}/${key.round}`) ?? 0,
  )
  const protocol = solveCritiqueRevise({
    attempt: arithmetic(),
    criticPrompt: (task, attempt) => [
      { role: 'user', content: `${task.question} answered ${attempt.turns[0].text}` },
    ],
    parseCritique: (text) => ({ critique: text, valid: true }),
  })
  return {
    renderer,
    sampler,
    protocol,
    options: {
      protocol,
      tasks: tasks(4),
      sessions: 4,
      samplers: { solver: sampler, critic: sampler },
      bindings: bindings(renderer),
      draw,
    },
  }
}

const asText = (results: readonly SessionResult[]): string =>
  JSON.stringify(
    results.map((result) => ({ ...result, samples: result.samples.map(encodeSample) })),
  )

/** Lets everything go on that needs no clock, until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe('runSessions', () => {
  it('orders results by task, then session, and gives the same bytes whatever finishes first', async () => {
    const expected = asText(await runSessions(setUp().options))
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 20 }), async (seed, concurrency) => {
        const { options } = setUp((key) => randomStream(seed, key).integer(0, 8))
        const finished: string[] = []
        const results = await runSessions({
          ...options,
          concurrency,
          onSession: ({ task, session }) => finished.push(`${task}/${session}`),
        })
        expect(results.map(({ task, session }) => `${task}/${session}`)).toEqual(
          tasks(4).flatMap(({ id }) => [0, 1, 2, 3].map((s) => `${id}/${s}`)),
        )
        expect(finished.sort()).toEqual(
          results.map(({ task, session }) => `${task}/${session}`).sort(),
        )
        expect(asText(results)).toBe(expected)
      }),
      { numRuns: 8 },
    )
  })

  it('keeps at most `concurrency` sessions under way, and that many where there is work', async () => {
    const { options, sampler } = setUp(() => 5)
    await runSessions({ ...options, concurrency: 3 })
    expect(sampler.mostAtOnce).toBe(3)
  })

  it('does not wait for a slow first attempt before a fast session is critiqued and revised', async () => {
    const { options, sampler } = setUp((key) => (key === 'q0/1/solver/1' ? 100 : 0))
    const finished: string[] = []
    await runSessions({
      ...options,
      tasks: tasks(1),
      onSession: ({ session }) => finished.push(String(session)),
    })
    expect(finished.at(-1)).toBe('1')
    expect(sampler.requests.filter(({ key }) => key.round === 2)).toHaveLength(2)
  })

  it('keys every draw by seed, domain, step, task, session, role, round and turn', async () => {
    const { options, sampler } = setUp()
    await runSessions(options)
    const keys = sampler.requests.map(({ key }) => JSON.stringify(key))
    expect(new Set(keys).size).toBe(keys.length)
    expect(
      sampler.requests.every(
        ({ key }) => key.seed === 7 && key.step === 3 && key.domain === 'train',
      ),
    ).toBe(true)
    expect(sampler.requests.some(({ key }) => key.role === 'critic' && key.round === 1)).toBe(true)
  })

  it('numbers the sessions of a task that stands in the list twice on', async () => {
    const { options } = setUp()
    const [task] = tasks(1)
    const results = await runSessions({ ...options, tasks: [task, task], sessions: 2 })
    expect(results.map(({ session }) => session)).toEqual([0, 1, 2, 3])
    const ids = results.flatMap(({ samples }) => samples.map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('answers an empty task list with no results', async () => {
    expect(await runSessions({ ...setUp().options, tasks: [] })).toEqual([])
  })

  it('answers a text endpoint from the messages, with a seed of the draw key', async () => {
    const { options, renderer } = setUp()
    const seen: { messages: unknown; seed?: number }[] = []
    const critic: TextGenerator = {
      complete: async (messages, { seed } = {}) => (
        seen.push({ messages, seed }),
        { text: 'count again', finish: 'stop' }
      ),
    }
    const untrained = {
      ...bindings(renderer),
      critic: { renderer, sampling: { maxTokens: 8, temperature: 1 } },
    }
    const [result] = await runSessions({
      ...options,
      tasks: tasks(1),
      sessions: 1,
      samplers: { ...options.samplers, critic },
      bindings: untrained,
    })
    expect(seen[0].messages).toEqual([
      { role: 'user', content: 'what is 0 plus one answered it is wrong' },
    ])
    expect(Number.isInteger(seen[0].seed)).toBe(true)
    expect(result.samples.map(({ keys }) => keys.role)).toEqual(['solver', 'solver'])
    expect(result.samples[1].parents).toEqual([result.samples[0].id])
    expect(result.transcript[1]).toEqual({
      role: 'critic',
      round: 1,
      text: 'count again',
      sample: undefined,
    })
  })
})

describe('runSessions: failures', () => {
  // Time limits run on a clock that stands still until the sessions that do not hang are done.
  const stopClock = (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  afterEach(() => void vi.useRealTimers())

  const timed = async (
    limit: number,
    options: Omit<Parameters<typeof runSessions<QuestionTask>>[0], 'timeoutMs' | 'onSession'>,
    others: number,
  ): Promise<SessionResult[]> => {
    stopClock()
    let done = 0
    const run = runSessions({ ...options, timeoutMs: limit, onSession: () => done++ })
    await until(() => done === others)
    await vi.advanceTimersByTimeAsync(limit - 1)
    expect(done).toBe(others)
    // The limit, and the grace of a session that does not heed it.
    await vi.advanceTimersByTimeAsync(1 + GRACE_MS)
    return run
  }

  const failing = (when: number, error: () => unknown): SessionProtocol => {
    const once = solveOnce(arithmetic())
    return async function* (task, context) {
      const result = yield* once(task as never, context)
      if (context.session === when) throw error()
      return result
    }
  }

  it('ends a session that throws as a failure with its tokens; the others go on', async () => {
    const { options } = setUp()
    const results = await runSessions({
      ...options,
      protocol: failing(1, () => new Error('the checker fell over')),
    })
    expect(results.filter(({ failure }) => failure)).toHaveLength(4)
    expect(results[1]).toMatchObject({
      task: 'q0',
      session: 1,
      samples: [{ id: 'train3/q0/1/solver-1-0' }],
      outcomes: [{ reward: 1, success: true }],
      transcript: [{ role: 'solver', round: 1, text: 'it is 1' }],
      failure: { reason: 'the checker fell over', tokens: 0 },
    })
    expect(results[0].samples).toHaveLength(1)
    expect(results.map(sampledTokens)).toEqual(Array.from({ length: 16 }, () => 4))
  })

  it('ends a session whose sampler fails as a failure, through its finally blocks', async () => {
    const { options, sampler, renderer } = setUp()
    const closed = vi.fn()
    const protocol: SessionProtocol = async function* (task, context) {
      try {
        return yield* solveOnce(arithmetic())(task as never, context)
      } finally {
        closed(context.session)
      }
    }
    const broken = {
      sample: (request: Parameters<typeof sampler.sample>[0]) =>
        keyOf(request).session === 2
          ? Promise.reject(new Error('engine lost'))
          : sampler.sample(request),
    }
    const results = await runSessions({
      ...options,
      protocol,
      tasks: tasks(1),
      samplers: { solver: broken, critic: broken },
      bindings: bindings(renderer),
    })
    expect(results.map(({ failure }) => failure?.reason)).toEqual([
      undefined,
      undefined,
      'engine lost',
      undefined,
    ])
    expect(closed).toHaveBeenCalledTimes(4)
  })

  it('times out a session that hangs, even where what it waits for never settles', async () => {
    const { options } = setUp()
    const closed = vi.fn()
    const once = solveOnce(arithmetic())
    const protocol: SessionProtocol = async function* (task, context) {
      try {
        const result = yield* once(task as never, context)
        if (context.session === 3) await new Promise(() => {})
        return result
      } finally {
        closed()
      }
    }
    const results = await timed(40, { ...options, protocol, tasks: tasks(1) }, 3)
    expect(results[3].failure?.reason).toMatch(/session 3 of task "q0" took longer than 40 ms/)
    expect(results[3].failure?.tokens).toBe(0)
    expect(results[3].samples).toHaveLength(1)
    expect(closed).toHaveBeenCalledTimes(3)
  })

  it('counts the tokens a sampler had drawn when its session timed out', async () => {
    const { options } = setUp((key) => (key === 'q0/1/solver/1' ? Infinity : 0))
    const results = await timed(30, { ...options, tasks: tasks(1) }, 3)
    expect(results[1].failure).toMatchObject({
      reason: expect.stringMatching(/longer than 30 ms/),
      tokens: 4,
    })
  })

  it('leaves a sampler behind that ignores its signal, through the finally blocks, and takes no reply that comes later', async () => {
    const { options, sampler, renderer } = setUp()
    const closed = vi.fn()
    const protocol: SessionProtocol = async function* (task, context) {
      try {
        return yield* solveOnce(arithmetic())(task as never, context)
      } finally {
        closed(context.session)
      }
    }
    let answer = (): void => {}
    const deaf = {
      async sample(request: Parameters<typeof sampler.sample>[0]) {
        if (keyOf(request).session === 1) await new Promise<void>((resolve) => (answer = resolve))
        return sampler.sample(request)
      },
    }
    const results = await timed(
      40,
      {
        ...options,
        protocol,
        tasks: tasks(1),
        samplers: { solver: deaf, critic: deaf },
        bindings: bindings(renderer),
      },
      3,
    )
    answer()
    await until(() => sampler.requests.length === 4)
    await new Promise((resolve) => setImmediate(resolve))
    expect(results[1]).toMatchObject({
      transcript: [],
      failure: { reason: expect.stringMatching(/longer than 40 ms/), tokens: 0 },
    })
    expect(results.map(({ failure }) => failure === undefined)).toEqual([true, false, true, true])
    expect(closed).toHaveBeenCalledTimes(4)
  })

  it('rejects and stops everything when the caller aborts', async () => {
    const { options, sampler } = setUp(() => Infinity)
    const controller = new AbortController()
    const run = runSessions({ ...options, concurrency: 2, signal: controller.signal })
    void until(() => sampler.requests.length === 2).then(() => controller.abort())
    await expect(run).rejects.toSatisfy((error) => isIcrlError(error, 'aborted'))
    expect(sampler.requests).toHaveLength(2)
  })

  it('rejects at once with a signal that is aborted already, for the reason it names', async () => {
    const { options, sampler } = setUp()
    await expect(
      runSessions({ ...options, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough')
    expect(sampler.requests).toHaveLength(0)
  })
})

describe('runSessions: refusals', () => {
  const withSampling = (sampling: object) => {
    const { options, renderer, sampler } = setUp()
    const bound = bindings(renderer)
    return {
      sampler,
      run: () =>
        runSessions({
          ...options,
          bindings: {
            ...bound,
            solver: { ...bound.solver, sampling: { ...bound.solver.sampling, ...sampling } },
          },
        }),
      options,
      bound,
    }
  }

  it.each([
    [{ topP: 0.9 }, /sampling.topP is 0.9 in a training rollout/],
    [{ topK: 20 }, /sampling.topK is 20 in a training rollout/],
    [{ temperature: 0 }, /temperature is 0 in a training rollout/],
    [{ temperature: NaN }, /temperature is NaN/],
    [{ maxTokens: 0 }, /maxTokens is 0/],
  ])('refuses %j before anything runs', async (sampling, message) => {
    const { run, sampler } = withSampling(sampling)
    await expect(run()).rejects.toThrow(message)
    expect(sampler.requests).toHaveLength(0)
  })

  it('refuses top-p that only the protocol asks for', async () => {
    const { options } = setUp()
    const once = solveOnce(arithmetic())
    const protocol: SessionProtocol = async function* (task, context) {
      const { solver } = context.roles
      return yield* once(task as never, {
        ...context,
        roles: {
          ...context.roles,
          solver: { ...solver, sampling: { ...solver.sampling, topP: 0.5 } },
        },
      })
    }
    await expect(runSessions({ ...options, protocol })).rejects.toThrow(/topP is 0.5/)
  })

  it('allows top-p at evaluation and for a role that is not trained', async () => {
    const { options, renderer } = setUp()
    const bound = bindings(renderer)
    const free = {
      ...bound,
      critic: { renderer, sampling: { maxTokens: 8, temperature: 0.7, topP: 0.9 } },
    }
    await expect(runSessions({ ...options, bindings: free })).resolves.toHaveLength(16)
    const greedy = {
      ...bound,
      solver: { ...bound.solver, sampling: { maxTokens: 8, temperature: 0 } },
    }
    await expect(
      runSessions({ ...options, bindings: greedy, draw: { ...draw, domain: 'eval' } }),
    ).resolves.toHaveLength(16)
  })

  it('refuses to train an endpoint, a role without sampler, a role nobody bound and counts below 1', async () => {
    const { options, renderer, sampler } = setUp()
    const endpoint: TextGenerator = { complete: async () => ({ text: 'x', finish: 'stop' }) }
    await expect(
      runSessions({ ...options, samplers: { solver: endpoint, critic: sampler } }),
    ).rejects.toThrow(/cannot be trained/)
    await expect(
      runSessions({ ...options, samplers: { solver: sampler } as never }),
    ).rejects.toThrow(/role "critic" has no sampler/)
    await expect(
      runSessions({ ...options, bindings: { solver: bindings(renderer).solver } as never }),
    ).rejects.toThrow(/role "critic" is not bound/)
    await expect(runSessions({ ...options, sessions: 0 })).rejects.toThrow(/sessions is 0/)
    await expect(runSessions({ ...options, concurrency: 1.5 })).rejects.toThrow(
      /concurrency is 1.5/,
    )
    await expect(runSessions({ ...options, timeoutMs: 0 })).rejects.toThrow(/timeoutMs is 0/)
  })

  it.each([
    [
      { tokens: Int32Array.of(4, 0), logprobs: Float32Array.of(-1) },
      'invalid-shape',
      /1 log-probabilities for 2 tokens/,
    ],
    [
      { tokens: Int32Array.of(4, 0), logprobs: Float32Array.of(-1, NaN) },
      'non-finite',
      /log-probability of token 1 is NaN/,
    ],
    [
      { tokens: new Int32Array(0), logprobs: new Float32Array(0) },
      'invalid-shape',
      /without a token/,
    ],
  ] as const)('stops the run at a broken generation, case %#', async (broken, code, message) => {
    const { options } = setUp()
    const sampler = { sample: async () => ({ ...broken, finish: 'stop' as const, version: 'v' }) }
    const error = await runSessions({
      ...options,
      samplers: { solver: sampler, critic: sampler },
    }).catch((caught: unknown) => caught)
    expect(isIcrlError(error, code)).toBe(true)
    expect(String(error)).toMatch(message)
  })
})
