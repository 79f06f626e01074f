import { isRebound, type QuestionTask, type Recipe, type Sample } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  critic,
  demonstration,
  novice,
  skillOf,
  tasks,
  trained,
} from '../test/tiny-world.ts'
import { grpo, luffy, rltfSd } from './index.ts'

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
