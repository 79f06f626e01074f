import { isRebound, type QuestionTask, type Recipe, type Sample } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  critic,
  demonstration,
  novice,
  opinions,
  renderer,
  skillOf,
  tasks,
  trained,
} from '../test/tiny-world.ts'
import { echo, erl, grpo, luffy, rltfSd, saturationGain } from './index.ts'

const group = { attempt, tasksPerStep: 4, sessionsPerTask: 7 }
const learned = { stop: { steps: 25 }, optimizer: { learningRate: 0.2, clipNorm: 1 } }

async function batchOf(recipe: Recipe<QuestionTask>): Promise<Sample[]> {
  const batch: Sample[] = []
  await trained(
    {
      ...recipe,
      aggregation: (items) => {
        batch.push(...(items as readonly Sample[]))
        return recipe.aggregation(items)
      },
    },
    { policy: novice({ skill: 2 }) },
  )
  return batch
}

/** Skill after training from hardly any, which must be far above GRPO's. */
async function beatsGrpo(recipe: Recipe<QuestionTask>): Promise<void> {
  const [helped, starved] = [novice({ skill: -3 }), novice({ skill: -3 })]
  const { metrics } = await trained(recipe, { policy: helped, ...learned })
  await trained(grpo(group), { policy: starved, ...learned })
  expect(await skillOf(helped)).toBeGreaterThan((await skillOf(starved)) + 0.2)
  expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
}

describe('luffy', () => {
  const recipe = luffy({
    ...group,
    demonstrate: (task) => [demonstration(task)],
    responseTokens: 2,
  })

  it('learns from an expert what the policy never finds', () => beatsGrpo(recipe))

  it('seven answers and an expert’s in one group, compared with its mean', async () => {
    const batch = await batchOf(recipe)
    for (const { id } of tasks) {
      const own = batch.filter(({ keys }) => keys.task === id)
      const experts = own.filter(({ origin }) => origin === 'expert')
      expect([own.length, experts.length]).toEqual([8, 1])
      const mean = own.reduce((sum, { reward }) => sum + reward, 0) / 8
      for (const { reward, advantages } of own) expect(advantages![0]).toBeCloseTo(reward - mean, 5)
    }
  })

  it('the expert’s tokens are not sampled', async () => {
    const { metrics } = await trained(recipe, { policy: novice({ skill: 2 }) })
    const plain = await trained(grpo(group), { policy: novice({ skill: 2 }) })
    expect(metrics[0]['tokens/sampled_total']).toBe(plain.metrics[0]['tokens/sampled_total'])
  })
})

describe('rltf-sd', () => {
  const recipe = rltfSd({ ...group, ...critic })

  it('learns from feedback where the policy never succeeds', () =>
    beatsGrpo(rltfSd({ ...group, ...critic, coefficient: 1, leastLogprob: -20 })))

  it('a retry twice: under its own prompt in full, under the question at .1 or not at all', async () => {
    const batch = await batchOf(recipe)
    const copies = batch.filter(({ id }) => id.includes('+copy'))
    const distilled = batch.filter((sample) => isRebound(sample))
    expect(copies.length).toBeGreaterThan(0)
    expect(copies.length).toBe(distilled.length)
    expect(copies.every((sample) => sample.weights === undefined)).toBe(true)
    let learnedSamples: readonly Sample[] = []
    await trained(recipe, {
      policy: novice({ skill: 2 }),
      onStep: ({ samples }) => (learnedSamples = samples),
    })
    for (const { weights, oldLogprobs } of learnedSamples.filter(isRebound))
      weights!.forEach((weight, t) =>
        expect(weight).toBe(oldLogprobs![t] >= -5 ? Math.fround(0.1) : 0),
      )
    expect(batch.some(({ keys }) => keys.role === 'critic')).toBe(false)
  })

  it('everything is compared with the mean of the first attempts', async () => {
    const batch = await batchOf(recipe)
    for (const { keys, reward, advantages } of batch) {
      const first = batch.filter((other) => other.keys.task === keys.task && other.keys.round === 1)
      const mean = first.reduce((sum, other) => sum + other.reward, 0) / first.length
      expect(advantages![0]).toBeCloseTo(reward - mean, 5)
    }
  })

  it('refuses a positive least log-probability', () =>
    expect(() => rltfSd({ ...group, leastLogprob: 1 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
/** Samples and copies by what they are: `solver 1`, `critic 1`, `solver 2`, `distilled`. */
const kindOf = ({ id, keys }: Sample): string =>
  id.includes('+copy') ? 'distilled' : `${keys.role} ${keys.round}`

describe('erl', () => {
  const recipe = erl({ ...group, ...critic, klCoefficient: 0 })

  it('learns from second attempts what the policy never finds at first', () => beatsGrpo(recipe))

  it('each kind in its own groups; what succeeds is learned once more without the reflection', async () => {
    const batch = await batchOf(recipe)
    const kinds = new Set(batch.map(kindOf))
    expect([...kinds].sort()).toEqual(['critic 1', 'distilled', 'solver 1', 'solver 2'])
    for (const sample of batch) {
      const kind = kindOf(sample)
      const own = batch.filter(
        (other) => kindOf(other) === kind && other.keys.task === sample.keys.task,
      )
      const { reward, advantages, id, success, trainedUnder, sampledUnder } = sample
      expect(isRebound(sample)).toBe(kind === 'distilled')
      if (kind === 'distilled') {
        expect([success, advantages![0]]).toEqual([true, 1])
        const first = batch.find(
          ({ keys }) =>
            keys.round === 1 && keys.role === 'solver' && keys.task === sample.keys.task,
        )!
        expect(trainedUnder).toEqual(first.sampledUnder)
        expect(batch.some((source) => `${source.id}+copy1` === id)).toBe(true)
      } else {
        const above = Math.sign(reward - mean(own.map((other) => other.reward)))
        if (Math.abs(advantages![0]) > 1e-6) expect(Math.sign(advantages![0])).toBe(above)
        expect(trainedUnder).toBe(sampledUnder)
      }
      if (kind === 'critic 1') {
        const second = batch.find(({ parents, keys }) => parents.includes(id) && keys.round === 2)!
        expect(reward).toBe(second.reward)
      }
    }
  })

  it('distills as much as it is told to', async () => {
    const none = await batchOf(erl({ ...group, ...critic, distillation: 0 }))
    expect(none.map(kindOf)).not.toContain('distilled')
    const half = await batchOf(erl({ ...group, ...critic, distillation: 0.5 }))
    const advantages = half.filter((one) => kindOf(one) === 'distilled')
    expect(new Set(advantages.map((one) => one.advantages![0]))).toEqual(new Set([0.5]))
    expect(() => erl({ ...group, distillation: -1 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })

  it('a copy’s advantage must be a number', async () => {
    const broken = {
      ...recipe,
      copies: (samples: readonly Sample[]) =>
        samples
          .slice(0, 1)
          .map(({ id, sampledUnder }) => ({ of: id, trainedUnder: sampledUnder, advantage: NaN })),
    }
    await expect(batchOf(broken)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

describe('echo', () => {
  const recipe = echo({
    attempt,
    ...critic,
    tasksPerStep: 4,
    branches: 6,
    guidance: (critique) => critique,
  })

  it.each([
    [0, 0.1, 0.1],
    [0.8, 0.9, 0.5],
    [0.5, 0.25, -0.5],
    [1, 0.9, -1],
  ])('from %d to %d: a gain of %d', (before, after, gain) =>
    expect(saturationGain(before, after)).toBeCloseTo(gain, 12),
  )

  it('one attempt, six diagnoses of it, a refinement of each: two groups', async () => {
    const batch = await batchOf(recipe)
    const tasksSeen = new Set(batch.map(({ keys }) => keys.task))
    expect(tasksSeen.size).toBeGreaterThan(1)
    for (const task of tasksSeen) {
      const own = batch.filter(({ keys }) => keys.task === task)
      const [diagnoses, refined] = ['critic', 'solver'].map((role) =>
        own.filter(({ keys }) => keys.role === role),
      )
      expect([diagnoses.length, refined.length]).toEqual([6, 6])
      expect(new Set(diagnoses.map(({ sampledUnder }) => sampledUnder.join(' '))).size).toBe(1)
      for (const { id, reward, parents } of diagnoses) {
        expect(parents).toEqual(diagnoses[0].parents)
        expect(reward).toBe(refined.find((one) => one.parents.includes(id))!.reward)
      }
      for (const one of [diagnoses, refined])
        expect(mean(one.map(({ advantages }) => advantages![0]))).toBeCloseTo(0, 5)
      expect(own.some(isRebound)).toBe(false)
    }
  })

  it('learns to diagnose, and to follow it, as two policies; options are JSON', async () => {
    const [solver, adviser] = [novice(), novice()]
    const role = { renderer, sampling: { maxTokens: 3, temperature: 1 } }
    const before = await opinions(adviser)
    const { metrics } = await trained(recipe, {
      policies: { solver, critic: adviser },
      roles: { solver: { ...role, policy: 'solver' }, critic: { ...role, policy: 'critic' } },
      ...learned,
    })
    const refined = metrics.map((line) => line['reward/solver'])
    expect(mean(refined.slice(-5))).toBeGreaterThan(mean(refined.slice(0, 5)) + 0.1)
    expect(await opinions(adviser)).not.toEqual(before)
    expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
    expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  })
})
