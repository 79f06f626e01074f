import type {
  EvaluationFigures,
  Figures,
  RecipeMemory,
  Sample,
  SessionResult,
  StepFigures,
} from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { critiqueFigures } from './critique-figures.ts'

const { metrics, onEvaluate } = critiqueFigures()
const session = (
  task: string,
  rewards: number[],
  critiqued = false,
  samples: readonly Sample[] = [],
): SessionResult => ({
  task,
  session: 0,
  samples,
  outcomes: rewards.map((reward) => ({ reward, success: reward === 1 })),
  transcript: critiqued ? [{ role: 'critic', round: 1, text: '' }] : [],
})
const failed: SessionResult = { ...session('x', []), failure: { reason: 'lost', tokens: 3 } }

function memory(): RecipeMemory {
  let value: ReturnType<RecipeMemory['get']>
  return { get: () => value, set: (next) => void (value = next) }
}

/** Log-probabilities −1 under the trained prompt, −3 under the sampled one. */
const score: EvaluationFigures['score'] = async (samples, { prompt }) =>
  samples.map(({ response }) => ({
    logprobs: new Float32Array(response.length).fill(prompt === 'trainedUnder' ? -1 : -3),
  }))

const sample = (id: string, options: Partial<Sample> = {}): Sample => ({
  id,
  parents: [],
  keys: { task: id, role: 'solver', session: 0, round: 2, branch: 0 },
  sampledUnder: Int32Array.of(1, 2),
  trainedUnder: Int32Array.of(1),
  response: Int32Array.of(7, 8),
  mask: Uint8Array.of(1, 1),
  behaviorLogprobs: Float32Array.of(-1, -1),
  rewards: {},
  reward: 0,
  policy: 'shared',
  version: '0',
  temperature: 1,
  finish: 'stop',
  valid: true,
  ...options,
})

const evaluated = (
  sets: EvaluationFigures['sets'],
  options: Partial<EvaluationFigures> = {},
): Promise<Figures> =>
  onEvaluate({ step: 0, sets, score, capWeights: (weights) => weights, ...options })
const known = (figures: Figures): object =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
const step = (options: Partial<StepFigures>): object =>
  known(
    metrics({
      step: 0,
      sessions: [],
      rewarded: [],
      trained: [],
      capWeights: (weights) => weights,
      memory: memory(),
      ...options,
    }),
  )

describe('of an evaluation', () => {
  const retries = {
    with_critique: [
      session('a', [1]),
      session('b', [0, 1], true),
      session('c', [0, 1], true),
      session('d', [0, 0], true),
      failed,
    ],
    plain_retry: [
      session('a', [1]),
      session('b', [0, 0]),
      session('c', [0, 1]),
      session('d', [0, 0]),
    ],
  }

  it('compares second attempts at what the first attempt failed', async () => {
    const figures = await evaluated([{ conditions: retries }])
    expect(figures['critic/lift']).toBeCloseTo(1 / 3)
    expect(figures['critic/harm_rate']).toBeUndefined()
  })

  it('compares second attempts in pairs: where one failed before it ended, both are left out', async () => {
    const late = (one: SessionResult): SessionResult => ({
      ...one,
      failure: { reason: 'the guided prompt outgrew the context', tokens: 3 },
    })
    const conditions = {
      with_critique: [
        session('a', [0, 1], true),
        session('b', [0, 1], true),
        late(session('c', [0])),
      ],
      plain_retry: [session('a', [0, 0]), late(session('b', [0])), session('c', [0, 1])],
    }
    // Only task a has both: guided right, retried wrong.
    expect((await evaluated([{ conditions }]))['critic/lift']).toBe(1)
    const none = { with_critique: [late(session('a', [0]))], plain_retry: [session('a', [0, 1])] }
    expect((await evaluated([{ conditions: none }]))['critic/lift']).toBeUndefined()
  })

  it('counts right answers that a critique spoilt', async () => {
    const ungated_critique = [
      session('a', [1, 0], true),
      session('b', [1, 1], true),
      session('c', [0, 0], true),
    ]
    expect(known(await evaluated([{ conditions: { ungated_critique } }]))).toEqual({
      'critic/harm_rate': 0.5,
    })
  })

  it('gives figures of each named set, and their mean if all have one', async () => {
    const useless = { ...retries, with_critique: retries.plain_retry }
    const two = [
      { name: 'easy', conditions: retries },
      { name: 'hard', conditions: useless },
    ]
    const figures = await evaluated(two)
    expect(figures['critic/easy/lift']).toBeCloseTo(1 / 3)
    expect(figures['critic/hard/lift']).toBe(0)
    expect(figures['critic/lift']).toBeCloseTo(1 / 6)
    const solved = { name: 'solved', conditions: { with_critique: [session('a', [1])] } }
    expect(await evaluated([...two, solved])).toMatchObject({
      'critic/hard/lift': 0,
      'critic/solved/lift': undefined,
      'critic/lift': undefined,
    })
  })

  it('has nothing to say of a method without a critic', async () => {
    const conditions = { critique_free: [session('a', [1]), session('b', [0])] }
    const kept = memory()
    expect(known(await evaluated([{ conditions }], { memory: kept }))).toEqual({})
    expect(kept.get()).toBeUndefined()
  })
})

describe('the probe', () => {
  const name = 'calibration/probe_weight_mean'
  const guided = (samples: readonly Sample[]): EvaluationFigures['sets'] => [
    { conditions: { with_critique: [session('a', [0, 1], true, samples)] } },
  ]

  it('is chosen once, of guided answers that succeeded, and remembered beside other things', async () => {
    const kept = memory()
    kept.set({ mine: 1 })
    const samples = [sample('b'), sample('a', { success: true }), sample('c', { success: true })]
    const plain = { sampledUnder: Int32Array.of(1) }
    await evaluated(guided([...samples, sample('d', { success: true, ...plain })]), {
      memory: kept,
    })
    const { probe, mine } = kept.get() as { probe: string[]; mine: number }
    expect(probe.map((line) => (JSON.parse(line) as Sample).id)).toEqual(['a', 'c'])
    expect(mine).toBe(1)
    await evaluated(guided([sample('e', { success: true })]), { memory: kept })
    expect(kept.get()).toEqual({ probe, mine })
  })

  it('is the first guided answers if none succeeded, and taken of a training step, too', () => {
    const kept = memory()
    step({ rewarded: [sample('b'), sample('a')], memory: kept })
    expect(kept.get()).toMatchObject({
      probe: [expect.stringContaining('"a"'), expect.stringContaining('"b"')],
    })
  })

  it('gives the mean weight of its tokens, capped as the recipe does', async () => {
    const masked = sample('a', { mask: Uint8Array.of(1, 0) })
    const figures = await evaluated(guided([masked]), { memory: memory() })
    expect(figures[name]).toBeCloseTo(Math.exp(2), 5)
    const capped = await evaluated(guided([masked]), {
      memory: memory(),
      capWeights: (weights) => weights.map((weight) => Math.min(2, weight)),
    })
    expect(capped[name]).toBe(2)
  })

  it('is not followed outside a run', async () => {
    expect(await evaluated(guided([sample('a')]))).not.toHaveProperty(name)
  })

  it('refuses a memory that cannot hold it', async () => {
    const kept = memory()
    kept.set([1])
    await expect(evaluated(guided([sample('a')]), { memory: kept })).rejects.toMatchObject({
      code: 'invalid-option',
    })
  })
})

describe('of a step', () => {
  it('counts attempts after a critique, and what critiques were like', () => {
    const critique = (id: string, leak?: number): Sample =>
      sample(id, {
        keys: { task: id, role: 'critic', session: 0, round: 1, branch: 0 },
        rewards: leak === undefined ? {} : { leak },
      })
    expect(
      step({
        sessions: [
          session('a', [0, 1], true),
          session('b', [0, 0], true),
          session('c', [0, 1]),
          session('d', [1]),
          failed,
        ],
        rewarded: [critique('a', 1), critique('b', 0), critique('c')],
      }),
    ).toEqual({ 'accuracy/guided': 0.5, 'critic/leak_rate': 0.5, 'critic/tokens': 2 })
  })

  it('tells what a success owes to the critique', () => {
    const of = (success: boolean, ...weights: number[]): Sample =>
      sample('a', { weights: Float32Array.from(weights), success })
    const figures = step({
      trained: [of(true, 1e-4, 1), of(true, 0.5, 0.25), of(false, 1e-6, 1)],
    })
    expect(figures).toMatchObject({ 'calibration/muted_fraction': 2 / 6 })
    expect(figures).toHaveProperty('calibration/success_min_weight', expect.closeTo(0.12505, 6))
    expect(step({ trained: [of(false, 1, 1)] })).not.toHaveProperty(
      'calibration/success_min_weight',
    )
  })

  it('describes w_t over the trained tokens of rebound samples, before the cap', () => {
    const weights = Float32Array.of(1, 3)
    const plain = sample('b', { sampledUnder: Int32Array.of(1), weights })
    expect(
      step({
        trained: [sample('a', { weights }), plain, sample('c')],
        capWeights: (values) => values.map((weight) => Math.min(2, weight)),
      }),
    ).toEqual({
      'calibration/weight_mean': 2,
      'calibration/capped_fraction': 0.5,
      'calibration/ess': 1.6,
      'calibration/muted_fraction': 0,
    })
  })

  it('has nothing to say of nothing', () => {
    expect(step({})).toEqual({})
  })
})
