import { isRebound, type QuestionTask, type Recipe, type Sample } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { attempt, critic, novice, opinions, skillOf, trained } from '../../test/tiny-world.ts'
import { icrl, type IcrlOptions } from '../icrl.ts'

const recipe = (options: Partial<IcrlOptions<QuestionTask>> = {}): Recipe<QuestionTask> =>
  icrl({ attempt, ...critic, tasksPerStep: 3, sessionsPerTask: 4, ...options })

/** Everything that the loss was given, step by step. */
async function batches(of: Recipe<QuestionTask>, steps = 4): Promise<Sample[][]> {
  const seen: Sample[][] = []
  await trained(
    {
      ...of,
      aggregation: (items) => {
        seen.push([...(items as readonly Sample[])])
        return of.aggregation(items)
      },
    },
    { policy: novice({ skill: 2 }), stop: { steps } },
  )
  return seen
}

describe('replay', () => {
  it('trains guided successes again, never failures, critiques or first attempts', async () => {
    const seen = await batches(recipe({ replay: { steps: 2, most: 5 } }))
    const ids = new Set<string>()
    let again = 0
    for (const batch of seen) {
      const old = batch.filter(({ id }) => ids.has(id))
      expect(old.length).toBeLessThanOrEqual(5)
      for (const sample of old) {
        expect(isRebound(sample)).toBe(true)
        expect(sample.reward).toBe(1)
        expect(sample.advantages![0]).toBeGreaterThan(0)
      }
      again += old.length
      batch.forEach(({ id }) => ids.add(id))
    }
    expect(again).toBeGreaterThan(0)
  })

  it('weighs them by today’s solver against the sampler of then', async () => {
    const seen = await batches(recipe({ replay: {} }))
    const first = new Map(seen[0].map((sample) => [sample.id, sample]))
    const replayed = seen[2].filter(({ id }) => first.has(id))
    expect(replayed.length).toBeGreaterThan(0)
    for (const { id, weights, oldLogprobs, behaviorLogprobs } of replayed) {
      expect(weights![0]).toBeCloseTo(Math.exp(oldLogprobs![0] - behaviorLogprobs[0]), 4)
      expect(behaviorLogprobs).toEqual(first.get(id)!.behaviorLogprobs)
      expect(oldLogprobs).not.toEqual(first.get(id)!.oldLogprobs)
    }
  })
})

describe('mirror', () => {
  it('trains successful first attempts under advice of their task, with the ratio reversed', async () => {
    const [batch] = await batches(recipe({ mirror: 0.5 }), 1)
    const copies = batch.filter(({ id }) => id.includes('+copy'))
    expect(copies.length).toBeGreaterThan(0)
    const guided = batch.filter((sample) => isRebound(sample) && !copies.includes(sample))
    for (const copy of copies) {
      const source = batch.find(({ id }) => id === copy.parents[0])!
      expect(source).toMatchObject({ reward: 1, keys: { round: 1, role: 'solver' } })
      expect(copy.response).toEqual(source.response)
      expect(copy.advantages).toEqual(source.advantages!.map((value) => value / 2))
      const prompts = guided
        .filter(({ keys }) => keys.task === source.keys.task)
        .map(({ sampledUnder }) => Array.from(sampledUnder))
      expect(prompts).toContainEqual(Array.from(copy.trainedUnder))
      expect(copy.weights![0]).toBeCloseTo(
        Math.exp(copy.oldLogprobs![0] - source.behaviorLogprobs[0]),
        4,
      )
    }
  })

  it('has nothing to copy without a critique', async () => {
    const all = { policy: novice({ skill: 30 }) }
    const [plain, mirrored] = [
      await trained(recipe(), all),
      await trained(recipe({ mirror: 1 }), { policy: novice({ skill: 30 }) }),
    ]
    expect(await opinions(mirrored.policy)).toEqual(await opinions(plain.policy))
  })
})

describe('both', () => {
  const steps = { stop: { steps: 12 }, optimizer: { learningRate: 0.2, clipNorm: 1 } }

  it.each([{ replay: {} }, { mirror: 1 }, { replay: { steps: 10, most: 128 }, mirror: 1 }])(
    '%j learns, balances its ledger, samples no more, stores its options',
    async (options) => {
      const policy = novice({ skill: 2 })
      const before = await skillOf(policy)
      const { metrics } = await trained(recipe(options), { policy, ...steps })
      expect(await skillOf(policy)).toBeGreaterThan(before + 0.25)
      expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
      const { options: stored } = recipe(options)
      expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
      expect(stored).toMatchObject({ mirror: options.mirror ?? 0 })
    },
  )

  it('are off in both presets', () => {
    for (const preset of ['paper', 'released'] as const) {
      const { replay, copies } = recipe({ preset })
      expect({ replay, copies }).toEqual({ replay: undefined, copies: undefined })
    }
  })

  it.each([{ replay: { steps: 0 } }, { replay: { most: 1.5 } }, { mirror: -1 }, { mirror: NaN }])(
    'refuses %j',
    (options) =>
      expect(() => recipe(options)).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      ),
  )
})
