import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { evaluateRecipe, train } from '../src/index.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import type { DialTask } from './dial-task.ts'
import { remembering } from './remembering-recipe.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('figures')
})
afterEach(() => rm(root, { recursive: true }))

describe("a recipe's own figures", () => {
  it('stand in the line of their step, beside the trainer’s, and remember', async () => {
    const { metrics, summary } = await train(dialRun({ recipe: remembering(dialIcrl()) }))
    expect(metrics.map((line) => line['mine/steps'])).toEqual([1, 2, 3, 4, 5, 6])
    expect(metrics.map((line) => line['mine/evaluations'])).toEqual([
      1,
      undefined,
      2,
      undefined,
      3,
      undefined,
    ])
    expect(summary.evaluations.map(({ metrics: of }) => of['mine/evaluations'])).toEqual([
      1, 2, 3, 4,
    ])
    expect(metrics[0]).not.toHaveProperty('mine/nothing')
  })

  it('are the same bytes if the run was stopped after any step and resumed', async () => {
    const whole = join(root, 'whole')
    await train(dialRun({ directory: whole, recipe: remembering(dialIcrl()) }))
    for (const last of [0, 1, 2, 4]) {
      const directory = join(root, `stopped-${last}`)
      const stop = new AbortController()
      const options = { directory, recipe: remembering(dialIcrl()), resume: true }
      await train(
        dialRun({
          ...options,
          signal: stop.signal,
          onStep: ({ step }) => step === last && stop.abort(),
        }),
      )
      await train(dialRun({ ...options }))
      expect(await readFile(join(directory, 'metrics.jsonl'), 'utf8'), `${last}`).toBe(
        await readFile(join(whole, 'metrics.jsonl'), 'utf8'),
      )
    }
  })

  it('forget what a step remembered that was aborted while it sampled', async () => {
    const directory = join(root, 'aborted')
    const stop = new AbortController()
    const recipe = remembering(dialIcrl())
    const options = { directory, recipe, resume: true }
    const aborting: Recipe<DialTask> = {
      ...recipe,
      collect: (context) => {
        if (context.step === 2) stop.abort()
        return recipe.collect(context)
      },
    }
    const { finished } = await train(dialRun({ ...options, recipe: aborting, signal: stop.signal }))
    expect(finished).toBe(false)
    const { metrics } = await train(dialRun(options))
    expect(metrics.map((line) => line['mine/evaluations'] ?? 0)).toEqual([1, 0, 2, 0, 3, 0])
  })

  it('have no memory in an evaluation outside a run', async () => {
    const { metrics } = await evaluateRecipe({
      options: dialRun({ recipe: remembering(dialIcrl()) }),
    })
    expect(metrics['mine/evaluations']).toBe(1)
    let memory: unknown = 'unset'
    const recipe: Recipe<DialTask> = {
      ...dialGrpo(),
      async onEvaluate(figures) {
        memory = figures.memory
        return {}
      },
    }
    await evaluateRecipe({ options: dialRun({ recipe }) })
    expect(memory).toBeUndefined()
  })

  it('may score held-out samples with the current weights', async () => {
    const recipe: Recipe<DialTask> = {
      ...dialGrpo(),
      async onEvaluate({ sets, score }) {
        const samples = sets.flatMap(({ conditions }) =>
          conditions.critique_free.flatMap((session) => session.samples),
        )
        const scores = await score(samples, { prompt: 'trainedUnder', want: { entropy: true } })
        const apart = samples.flatMap(({ behaviorLogprobs }, i) =>
          Array.from(behaviorLogprobs, (logprob, t) => Math.abs(logprob - scores[i].logprobs[t])),
        )
        return { 'mine/samples': samples.length, 'mine/mismatch': Math.max(...apart) }
      },
    }
    const { metrics } = await evaluateRecipe({ options: dialRun({ recipe }) })
    expect(metrics['mine/samples']).toBe(8 * 2)
    expect(metrics['mine/mismatch']).toBe(0)
  })
})

describe('refuses', () => {
  const figures = (own: Partial<Recipe<DialTask>>): Promise<unknown> =>
    train(dialRun({ recipe: { ...dialGrpo(), name: 'mine', ...own } }))

  it.each([
    'step',
    'accuracy/first',
    'reward/style',
    'eval/mine',
    'policy/loss',
    'ledger/trained',
    'groups/x',
    'tokens/mine',
    'perf/x',
    '',
  ])('a figure named "%s"', async (name) => {
    const refusal = new RegExp(`recipe "mine": metrics gives a figure the name "${name}"`)
    await expect(figures({ metrics: () => ({ [name]: 1 }) })).rejects.toThrow(refusal)
    await expect(figures({ onEvaluate: async () => ({ [name]: 1 }) })).rejects.toMatchObject({
      code: 'invalid-option',
    })
  })

  it('a figure that is no number', async () => {
    const [nan, endless] = [Number.NaN, Infinity].map((value) => ({ 'mine/loss': value }))
    await expect(figures({ metrics: () => nan })).rejects.toMatchObject({ code: 'non-finite' })
    await expect(figures({ onEvaluate: async () => endless })).rejects.toThrow(
      /recipe "mine": onEvaluate gives "mine\/loss" the value Infinity/,
    )
  })

  it('one name for a figure of a step and one of an evaluation', async () => {
    const twice = { 'mine/loss': 1 }
    await expect(figures({ metrics: () => twice, onEvaluate: async () => twice })).rejects.toThrow(
      /metric "mine\/loss" is given twice/,
    )
  })

  it('memory that is not JSON, naming the recipe', async () => {
    const remember = (value: unknown): Partial<Recipe<DialTask>> => ({
      metrics({ memory }) {
        memory.set(value as null)
        return {}
      },
    })
    for (const value of [undefined, { at: Number.NaN }, { act: () => 1 }, new Map()])
      await expect(figures(remember(value))).rejects.toThrow(/recipe "mine": memory/)
  })
})
