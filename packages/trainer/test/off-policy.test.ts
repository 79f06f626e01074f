import { rolloutCorrection } from '@icrl/calibration'
import {
  isRebound,
  type Policy,
  type Recipe,
  type Sample,
  type SampleRequest,
  type SessionResult,
} from '@icrl/core'
import { nll } from '@icrl/objective'
import { describe, expect, it } from 'vitest'
import { train, type StepEvent, type TrainOptions } from '../src/index.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy, type DialTask } from './dial-task.ts'

/** The recipe, always one step behind: it samples now what the next step is given. */
function oneStepLate(recipe: Recipe<DialTask>): Recipe<DialTask> {
  let ready: readonly SessionResult[] = []
  return {
    ...recipe,
    collect: async (context) => {
      const given = ready
      ready = await recipe.collect(context)
      return given
    },
  }
}

async function events(options: Partial<TrainOptions<DialTask>>): Promise<StepEvent[]> {
  const seen: StepEvent[] = []
  await train(
    dialRun({
      evaluation: undefined,
      stop: { steps: 4 },
      onStep: (event) => seen.push(event),
      ...options,
    }),
  )
  return seen
}

const late = (recipe: Recipe<DialTask>): Promise<StepEvent[]> =>
  events({ recipe: oneStepLate(recipe) })
const sum = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((all, value) => all + value, 0)

describe('samples of weights that are gone', () => {
  it('are refused by name where the objective reads the ratio to them', async () => {
    await expect(late(dialIcrl())).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(late(dialIcrl())).rejects.toThrow(
      /sample "train\d\/.*" was sampled by the weights "table-0", which are gone: policy "model" is at "table-\d".*`correction`/,
    )
  })

  it('are trained where it reads none', async () => {
    const [, , , last] = await late({ ...dialGrpo(), objective: nll(), advantages: all(1) })
    expect(last.samples.some(({ trainLogprobs }) => trainLogprobs)).toBe(true)
    expect(last.samples.every(({ correction }) => correction === undefined)).toBe(true)
  })

  it('have the right ratio with a correction: ρ_t · c_t is π_θ / π_behavior', async () => {
    const recipe = { ...dialIcrl(), correction: rolloutCorrection({ high: Infinity }) }
    const stale = (await late(recipe)).slice(2).flatMap(({ samples }) => samples)
    const moved = stale.filter((one) => !isRebound(one) && one.correction)
    expect(moved.length).toBeGreaterThan(10)
    for (const { oldLogprobs, behaviorLogprobs, correction } of moved)
      correction!.forEach((c, t) =>
        expect(c).toBeCloseTo(Math.exp(oldLogprobs![t] - behaviorLogprobs[t]), 5),
      )
    expect(moved.some(({ correction }) => correction!.some((c) => Math.abs(c - 1) > 0.05))).toBe(
      true,
    )
    const guided = stale.filter((one) => isRebound(one) && one.correction)
    expect(guided.length).toBeGreaterThan(0)
    // w_t takes the sampled prompt to the trained one, c_t the old weights to the new ones.
    for (const { oldLogprobs, behaviorLogprobs, correction, weights } of guided)
      weights!.forEach((w, t) =>
        expect(Math.log(w * correction![t])).toBeCloseTo(oldLogprobs![t] - behaviorLogprobs[t], 4),
      )
  })

  it('have no loss where the correction is 0', async () => {
    const nothing = ({ mask }: Pick<Sample, 'mask'>): Float32Array => new Float32Array(mask.length)
    const recipe = { ...dialIcrl(), correction: { options: {}, weigh: nothing } }
    const [, second, third] = await late(recipe)
    expect(second.metrics['policy/grad_norm']).toBeGreaterThan(0)
    expect(third.metrics['correction/masked_fraction']).toBe(1)
    expect(third.metrics).not.toHaveProperty('policy/grad_norm')
  })

  it('are reported', async () => {
    const [, , , last] = await late({ ...dialIcrl(), correction: rolloutCorrection() })
    const { metrics, samples } = last
    const weights = samples.flatMap(({ correction, mask }) =>
      Array.from(correction ?? []).filter((_, t) => mask[t]),
    )
    expect(metrics['correction/weight_mean']).toBeCloseTo(sum(weights) / weights.length, 6)
    expect(metrics['correction/sample_fraction']).toBe(1)
    expect(metrics['correction/masked_fraction']).toBe(0)
    expect(metrics['correction/ess']).toBeLessThanOrEqual(weights.length)
  })

  it('an exact policy’s own samples are not touched by a correction', async () => {
    const plain = await events({})
    const corrected = await events({
      recipe: { ...dialIcrl(), correction: rolloutCorrection({ keep: 'mask' }) },
    })
    expect(corrected.map(({ metrics }) => metrics)).toEqual(plain.map(({ metrics }) => metrics))
  })

  it.each([
    ['too short', new Float32Array(1), /has 1 values for/],
    ['negative', new Float32Array(4).fill(-1), /is -1 at token 0/],
    ['NaN', new Float32Array(4).fill(Number.NaN), /is NaN at token 0/],
  ])('a correction that is %s is refused', async (_, weights, message) => {
    const recipe = { ...dialIcrl(), correction: { options: {}, weigh: () => weights } }
    await expect(late(recipe)).rejects.toThrow(message)
  })

  it('are on neither side of the ledger: its session was metered in another step', async () => {
    const seen = await events({
      recipe: withStored(dialGrpo()),
      stop: { steps: 2 },
    })
    const { metrics } = seen[1]
    expect(metrics['ledger/generated']).toBe(
      metrics['ledger/trained'] + metrics['ledger/zero_advantage'],
    )
    expect(metrics['ledger/generated']).toBe(seen[0].metrics['ledger/generated'])
  })
})

const all =
  (value: number) =>
  (samples: readonly unknown[]): number[] =>
    samples.map(() => value)

/** Gives each step the samples of the step before it again, and reads no ratio. */
function withStored(recipe: Recipe<DialTask>): Recipe<DialTask> {
  let stored: readonly SessionResult[] = []
  return {
    ...recipe,
    objective: nll(),
    advantages: all(1),
    collect: async (context) => {
      const fresh = await recipe.collect(context)
      const both = [...fresh, ...stored]
      stored = fresh
      return both
    },
  }
}

describe('a policy that is not exact', () => {
  /** The policy, whose sampler is another engine: what it says is off by so much. */
  const sampledElsewhere = (shift: number): Policy => {
    const policy = dialPolicy()
    return new Proxy(policy, {
      get(target, name) {
        if (name === 'capabilities')
          return new Set(
            [...target.capabilities, 'other-sampler' as const].filter((one) => one !== 'exact'),
          )
        if (name === 'sample')
          return async (request: SampleRequest) => {
            const generation = await target.sample(request)
            return { ...generation, logprobs: generation.logprobs.map((value) => value - shift) }
          }
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  it('is refused without a correction if another engine samples it', async () => {
    const run = events({ policies: { model: sampledElsewhere(0.25) } })
    await expect(run).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(run).rejects.toThrow(/policies\.model is sampled by another engine.*correction/)
  })

  it('is measured in every step and corrected by what was measured', async () => {
    const correction = rolloutCorrection()
    const seen = await events({ policies: { model: sampledElsewhere(0.25) }, correction })
    for (const { metrics } of seen) {
      expect(metrics['policy/mismatch_max']).toBeCloseTo(0.25, 5)
      expect(metrics['policy/mismatch_mean']).toBeCloseTo(0.25, 5)
      expect(metrics['correction/weight_mean']).toBeCloseTo(Math.exp(0.25), 5)
    }
  })

  it('has its own samples corrected, too: the engine’s log-probabilities may differ', async () => {
    const policy = dialPolicy()
    const inexact = new Proxy(policy, {
      get(target, name) {
        if (name === 'capabilities')
          return new Set([...target.capabilities].filter((one) => one !== 'exact'))
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const [first] = await events({
      policies: { model: inexact },
      recipe: { ...dialIcrl(), correction: rolloutCorrection() },
    })
    expect(first.metrics['correction/weight_mean']).toBeCloseTo(1, 6)
  })
})
