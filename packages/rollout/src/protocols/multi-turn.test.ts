import type { Attempt, Episode, SessionResult } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bindings } from '../../test/arithmetic.ts'
import { corridor, type Corridor, type CorridorOptions } from '../../test/corridor.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { type KeyedRequest, scriptedSampler } from '../../test/scripted-sampler.ts'
import { MARKS, wordRenderer } from '../../test/word-renderer.ts'
import {
  attemptRound,
  multiTurn,
  reviseWith,
  runSessions,
  sessionResult,
  solveOnce,
  type MultiTurnOptions,
} from '../index.ts'
import { GRACE_MS } from '../sessions/or-aborted.ts'

interface Played {
  readonly result: SessionResult
  readonly requests: readonly KeyedRequest[]
  readonly environment: Corridor
  readonly renderer: ReturnType<typeof wordRenderer>
}

/** Plays one session in which the solver says `script[turn]` (the last line over and over). */
async function play(
  script: readonly string[],
  options: Partial<MultiTurnOptions> = {},
  {
    corridor: corridorOptions = {} as CorridorOptions,
    task = 'd2',
    maxTokens = 16,
    advice = undefined as string | undefined,
    timeoutMs = 5000,
  } = {},
): Promise<Played> {
  const renderer = wordRenderer({ merge: true })
  const environment = corridor(corridorOptions)
  const sampler = scriptedSampler(
    renderer,
    ({ key }) => script[Math.min(key.turn, script.length - 1)],
  )
  const attempt = multiTurn({ environment, ...options })
  const protocol =
    advice === undefined
      ? solveOnce(attempt)
      : reviseWith({ attempt, adviceFor: () => ({ guidance: advice }) })
  const [result] = await runSessions({
    protocol,
    tasks: [{ id: task }],
    sessions: 1,
    samplers: { solver: sampler, critic: sampler },
    bindings: bindings(renderer, maxTokens),
    draw: { seed: 0, domain: 'train', step: 0 },
    timeoutMs,
  })
  return { result, requests: sampler.requests, environment, renderer }
}

describe('multiTurn', () => {
  it('plays until the environment is done; the outcome is the last reward', async () => {
    const { result, environment } = await play(['do go right', 'do go right', 'do open door'])
    const [sample] = result.samples
    expect(rewardsOf(result)).toEqual([1])
    expect(sample).toMatchObject({
      finish: 'environment',
      valid: true,
      reward: 1,
      rewards: { outcome: 1 },
      version: 'v1',
    })
    expect(result.transcript.map(({ role, text }) => [role, text])).toEqual([
      ['solver', 'do go right'],
      ['environment', 'you stand at place 1'],
      ['solver', 'do go right'],
      ['environment', 'you stand at place 2'],
      ['solver', 'do open door'],
      ['environment', 'it opens'],
    ])
    expect([environment.opened, environment.closed]).toEqual([1, 1])
    expect(sample).not.toHaveProperty('tokenRewards')
  })

  it.each([
    [false, [0.25, 0.5, 1]],
    [true, [0.25, 0.25, 0.5]],
  ] as const)(
    'keeps the rewards of single steps at the ends of their turns (as totals: %s)',
    async (rewardIsTotal, rewards) => {
      const { result } = await play(
        ['do go right', 'do go right', 'do open door'],
        {},
        { corridor: { stepReward: (place) => place / 4, rewardIsTotal } },
      )
      const [{ tokenRewards, mask, reward }] = result.samples
      expect(reward).toBe(1)
      const ends = [...mask].flatMap((one, t) => (one && !mask[t + 1] ? [t] : []))
      expect(ends).toEqual([3, 15, 27])
      expect([...tokenRewards!]).toEqual(
        Array.from(mask, (_, t) => (ends.includes(t) ? rewards[ends.indexOf(t)] : 0)),
      )
    },
  )

  it('tells a critic what each turn earned, and nothing of turns without a step', async () => {
    const environment = corridor({ stepReward: () => 0.25 })
    const renderer = wordRenderer()
    const sampler = scriptedSampler(
      renderer,
      ({ key }) => ['do go right', 'hm', 'do open door'][key.turn],
    )
    let turns: Attempt['turns'] = []
    await runSessions({
      protocol: async function* (task, context) {
        const solved = yield* attemptRound({
          attempt: multiTurn({ environment }),
          task,
          context,
          round: 1,
        })
        turns = solved.attempt.turns
        return sessionResult(task, context, [solved])
      },
      tasks: [{ id: 'd1' }],
      sessions: 1,
      samplers: { solver: sampler },
      bindings: { solver: bindings(renderer).solver },
      draw: { seed: 0, domain: 'train', step: 0 },
    })
    expect(turns.map(({ reward }) => reward)).toEqual([0.25, undefined, 1])
  })

  it('takes an environment’s own word for success', async () => {
    const environment = { ...corridor(), open: async () => scored(await corridor().open()) }
    const scored = (episode: Episode): Episode => ({
      ...episode,
      step: async (action) => {
        const step = await episode.step(action)
        return { ...step, reward: 3.7 * step.reward, success: step.reward === 1 }
      },
    })
    const right = await play(['do go right', 'do go right', 'do open door'], { environment })
    expect(right.result.outcomes).toEqual([{ reward: 3.7, success: true }])
    expect(right.result.samples[0].success).toBe(true)
    const wrong = await play(['do open door'], { environment })
    expect(wrong.result.outcomes).toEqual([{ reward: 3.7 / 4, success: false }])
  })

  it('masks observations and glue with log-probability 0, and keeps sampled ids as they were', async () => {
    const { result, renderer } = await play(['do go right', 'do open door'], {}, { task: 'd1' })
    const [sample] = result.samples
    const word = renderer.id
    const said = [word('do'), word('go'), word('right'), MARKS.end]
    const glue = [
      MARKS.user,
      ...'you stand at place 1'.split(' ').map(word),
      MARKS.end,
      MARKS.assistant,
    ]
    const then = [word('do'), word('open'), word('door'), MARKS.end]
    expect([...sample.response]).toEqual([...said, ...glue, ...then])
    expect([...sample.mask]).toEqual([
      ...said.map(() => 1),
      ...glue.map(() => 0),
      ...then.map(() => 1),
    ])
    expect(
      sample.behaviorLogprobs.every((value, t) => (value === 0) === (sample.mask[t] === 0)),
    ).toBe(true)
  })

  it('only ever appends ids, with tokenizers for which decoding and encoding again is not the identity', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom('do go right', 'go go go', 'do look look look', 'hm', 'do go left'),
          { minLength: 2, maxLength: 6 },
        ),
        async (script) => {
          const { result, requests, renderer } = await play(
            script,
            { maxRepeatedActions: Infinity },
            { task: 'd3' },
          )
          const [sample] = result.samples
          const whole = [...sample.sampledUnder, ...sample.response]
          for (const { prompt } of requests)
            expect(whole.slice(0, prompt.length)).toEqual([...prompt])
          const spoken = [...sample.response].filter((_, t) => sample.mask[t] === 1)
          expect(spoken).toEqual(
            requests.flatMap(({ key }) => [
              ...script[Math.min(key.turn, script.length - 1)].split(' ').map(renderer.id),
              MARKS.end,
            ]),
          )
          expect(sample.mask.length).toBe(sample.response.length)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('gives each turn its own draw key', async () => {
    const { requests } = await play(['do go right', 'do go right', 'do open door'])
    expect(requests.map(({ key }) => key.turn)).toEqual([0, 1, 2])
  })

  it("answers a response without an action in the environment's words, without a step", async () => {
    const { result, environment } = await play(['hm', 'do open door'])
    expect(result.transcript[1].text).toBe(environment.invalidAction)
    expect(rewardsOf(result)).toEqual([0.25])
    expect(result.samples[0].valid).toBe(true)
  })

  it('bounds an observation of megabytes', async () => {
    const { result } = await play(
      ['do go right', 'do open door'],
      { maxObservationCharacters: 100 },
      {
        corridor: { describe: (place) => (place === 1 ? 'dark '.repeat(2_000_000) : 'start') },
        task: 'd1',
      },
    )
    expect(rewardsOf(result)).toEqual([1])
    expect(result.transcript[1].text.length).toBeLessThan(150)
    expect(result.transcript[1].text).toContain('9999900 characters left out')
    expect(result.samples[0].response.length).toBeLessThan(60)
  })

  it('is invalid and worth 0 where no turn had an action', async () => {
    const { result } = await play(['hm'])
    expect(result.samples[0]).toMatchObject({ valid: false, reward: 0, finish: 'environment' })
    expect(result.transcript).toHaveLength(12)
  })

  it('ends after three identical actions, invalid responses aside', async () => {
    expect(
      (await play(['do look', 'do look', 'hm', 'do look', 'do open door'])).requests,
    ).toHaveLength(4)
    expect(
      (await play(['do look', 'do look', 'do go right', 'do look', 'do open door'])).requests,
    ).toHaveLength(5)
    expect((await play(['do look'], { maxRepeatedActions: 1 })).requests).toHaveLength(1)
  })

  it("ends after the environment's turns, or the given ones", async () => {
    expect((await play(['do a', 'do b'], { maxRepeatedActions: Infinity })).requests).toHaveLength(
      6,
    )
    const { result, requests } = await play(['do a'], { maxTurns: 2 })
    expect(requests).toHaveLength(2)
    expect(result.samples[0].finish).toBe('environment')
  })

  it('writes the closing glue of a turn cut off at its limit', async () => {
    const { result } = await play(
      ['do go right and further and further', 'do open door'],
      { maxTurns: 2 },
      { maxTokens: 4 },
    )
    const [sample] = result.samples
    expect([...sample.response].slice(4, 6)).toEqual([MARKS.end, MARKS.user])
    expect([...sample.mask].slice(3, 6)).toEqual([1, 0, 0])
  })

  it('ends as `length` where the context is used up, and never exceeds it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 29, max: 90 }),
        fc.integer({ min: 1, max: 60 }),
        async (contextTokens, responseTokens) => {
          const { result } = await play(['do go right'], {
            contextTokens,
            responseTokens,
            maxRepeatedActions: Infinity,
            maxTurns: 4,
          })
          const [sample] = result.samples
          expect(sample.sampledUnder.length + sample.response.length).toBeLessThanOrEqual(
            contextTokens,
          )
          expect(sample.response.length).toBeLessThanOrEqual(responseTokens)
          expect(sample.mask.at(-1)).toBe(1)
          expect(sample.finish).toBe(result.transcript.length === 8 ? 'environment' : 'length')
        },
      ),
      { numRuns: 40 },
    )
  })

  it('fails the session where the first prompt leaves no room', async () => {
    const { result } = await play(['do a'], { contextTokens: 10 })
    expect(result.failure).toMatchObject({
      reason: expect.stringMatching(/the context 10/),
      error: { code: 'context-exceeded' },
      tokens: 0,
    })
  })

  it('fails only the session where a critique has outgrown the context', async () => {
    const { result } = await play(['do a'], { contextTokens: 40 }, { advice: 'again '.repeat(40) })
    expect(result.failure?.reason).toMatch(/the prompt has \d+ tokens, the context 40/)
  })

  it('puts a critique in a section of its own and rebinds to the prompt without it', async () => {
    const free = (await play(['do open door'])).result.samples[0]
    const guided = (await play(['do open door'], {}, { advice: 'go right twice' })).result
      .samples[0]
    expect(guided.sampledUnder.length).toBeGreaterThan(free.sampledUnder.length)
    expect([...guided.trainedUnder]).toEqual([...free.trainedUnder])
    expect([...guided.response]).toEqual([...free.response])
    expect(guided.keys.round).toBe(2)
  })

  it('treats a blank critique as none', async () => {
    const { result } = await play(['do open door'], {}, { advice: ' \n' })
    expect(result.samples[0].trainedUnder).toBe(result.samples[0].sampledUnder)
  })

  it('opens at most `maxEpisodes` at once', async () => {
    const renderer = wordRenderer()
    let open = 0
    let most = 0
    const environment = corridor({
      trouble: (_, what) => {
        open += what === 'open' ? 1 : what === 'close' ? -1 : 0
        most = Math.max(most, open)
      },
    })
    const sampler = scriptedSampler(
      renderer,
      () => 'do open door',
      () => 2,
    )
    const options = {
      tasks: [{ id: 'd1' }, { id: 'd2' }],
      sessions: 4,
      samplers: { solver: sampler, critic: sampler },
      bindings: bindings(renderer),
      draw: { seed: 0, domain: 'train', step: 0 } as const,
    }
    const results = await runSessions({
      ...options,
      protocol: solveOnce(multiTurn({ environment, maxEpisodes: 3 })),
    })
    expect(results.every(({ failure }) => failure === undefined)).toBe(true)
    expect(most).toBe(3)
  })

  it.each([
    { maxTurns: 0 },
    { maxEpisodes: 0 },
    { maxRepeatedActions: 0 },
    { contextTokens: NaN },
    { responseTokens: 0 },
  ])('refuses %j', (options) => {
    expect(() => multiTurn({ environment: corridor(), ...options })).toThrow(/Use 1 or more/)
  })
})

describe('multiTurn: errors of the environment', () => {
  const failAt = (...calls: number[]) => ({
    trouble: (call: number) => {
      if (calls.includes(call)) throw new Error(`lost at ${call}`)
    },
  })
  const script = ['do go right', 'do go right', 'do open door']

  it('repeats the actions after a fresh reset and samples no token twice', async () => {
    const onEnvironmentError = vi.fn()
    const broken = await play(script, { onEnvironmentError }, { corridor: failAt(3) })
    const whole = await play(script)
    expect(broken.result).toEqual(whole.result)
    expect(broken.requests).toHaveLength(3)
    expect(broken.environment.resets).toBe(2)
    expect([broken.environment.opened, broken.environment.closed]).toEqual([2, 2])
    expect(onEnvironmentError).toHaveBeenCalledTimes(1)
    expect(String(onEnvironmentError.mock.calls[0][0])).toMatch(
      /environment "corridor", task "d2": action 2 failed: lost at 3/,
    )
  })

  it('mends errors of opening, of the first reset and during the repeat', async () => {
    for (const calls of [[0], [1], [0, 1], [3, 6]])
      expect(rewardsOf((await play(script, {}, { corridor: failAt(...calls) })).result)).toEqual([
        1,
      ])
  })

  it('fails the session once the retries are used up, closing what is open', async () => {
    const { result, environment } = await play(
      script,
      { environmentRetries: 1 },
      {
        corridor: {
          trouble: (_, what) => {
            if (what === 'step') throw new Error('no answer')
          },
        },
      },
    )
    expect(result.failure).toMatchObject({
      reason: expect.stringMatching(/action 1 failed: no answer/),
      tokens: 4,
    })
    expect(environment.opened).toBe(2)
    expect(environment.closed).toBe(2)
  })

  it('fails the session where the environment repeats itself differently', async () => {
    let described = 0
    const { result } = await play(
      script,
      {},
      { corridor: { ...failAt(3), describe: () => `place ${described++}` } },
    )
    expect(result.failure?.reason).toMatch(/answered differently/)
  })

  it('does not void a whole attempt because closing failed, and reports it', async () => {
    const onEnvironmentError = vi.fn()
    const { result } = await play(
      script,
      { onEnvironmentError },
      {
        corridor: {
          trouble: (_, what) => {
            if (what === 'close') throw new Error('already gone')
          },
        },
      },
    )
    expect(rewardsOf(result)).toEqual([1])
    expect(String(onEnvironmentError.mock.calls[0][0])).toMatch(/closing failed: already gone/)
  })

  it('fails the session of a task the environment does not know, without asking twice', async () => {
    const { result, environment } = await play(script, {}, { task: 'nowhere' })
    expect(result.failure).toMatchObject({
      reason: expect.stringMatching(
        /environment "corridor", task "nowhere": starting failed: corridor: no task "nowhere"/,
      ),
      tokens: 0,
    })
    expect([environment.opened, environment.closed]).toEqual([1, 1])
  })

  it('fails a session whose environment hangs, by the time limit', async () => {
    // The clock stands still until the environment hangs.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const hangs = (): Promise<never> => {
      queueMicrotask(() => void vi.advanceTimersByTimeAsync(30 + GRACE_MS))
      return new Promise(() => {})
    }
    const { result, environment } = await play(
      script,
      {},
      { corridor: { trouble: (call) => (call === 3 ? hangs() : undefined) }, timeoutMs: 30 },
    )
    expect(result.failure?.reason).toMatch(/longer than 30 ms/)
    expect(environment.opened).toBe(1)
  })
})

it('says which weights drew which tokens of an attempt that met several', async () => {
  const renderer = wordRenderer({ merge: true })
  const scripted = scriptedSampler(renderer, () => 'go north')
  let turn = 0
  const moving = {
    sample: async (...request: Parameters<typeof scripted.sample>) => ({
      ...(await scripted.sample(...request)),
      version: `v${turn++ >> 1}`,
    }),
  }
  const attempt = multiTurn({ environment: corridor({}), maxTurns: 3, maxRepeatedActions: 9 })
  const [{ samples }] = await runSessions({
    protocol: solveOnce(attempt),
    tasks: [{ id: 'd9' }],
    sessions: 1,
    samplers: { solver: moving, critic: moving },
    bindings: bindings(renderer, 16),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
  const [{ version, versions, mask }] = samples
  expect(version).toBe('v0+v1')
  expect(versions).toEqual([
    { from: 0, version: 'v0' },
    { from: expect.any(Number), version: 'v1' },
  ])
  // The third turn begins where the observation after the second ends.
  const { from } = versions![1]
  expect([mask[from - 1], mask[from]]).toEqual([0, 1])
})
