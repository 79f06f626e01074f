import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSample, isRebound, type Recipe, type Sample, type SessionResult } from '@icrl/core'
import { pairwise, sequenceMeanTokenMean } from '@icrl/objective'
import { beforeAll, expect, it } from 'vitest'
import { train, type Metrics } from '../src/index.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialPolicy, type DialTask } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'

/** Two answers to one task, the preferred one first. */
type Pair = readonly [Sample, Sample]

let pairs: readonly Pair[]

beforeAll(async () => {
  const directory = join(await scratchFolder('pairs'), 'run')
  await train(dialRun({ directory, evaluation: undefined, stop: { steps: 20 } }))
  const folder = join(directory, 'samples')
  const texts = await Promise.all(
    (await readdir(folder)).sort().map((file) => readFile(join(folder, file), 'utf8')),
  )
  const stored = texts.flatMap((text) => text.trimEnd().split('\n').map(decodeSample))
  const answers = stored.filter(({ keys }) => keys.role === 'solver')
  pairs = answers
    .filter(({ reward }) => reward === 1)
    .flatMap((better): Pair[] => {
      const worse = answers.find(
        ({ keys, reward }) => keys.task === better.keys.task && reward === 0,
      )
      return worse ? [[better, worse]] : []
    })
})

/** A sample of a pair as the step's own: its old and new prompt are the one without advice. */
function member(sample: Sample, pair: number, preferred: 0 | 1): Sample {
  const { trainedUnder, id, keys } = sample
  return {
    ...sample,
    id: `pair${pair}/${preferred}/${id}`,
    keys: { ...keys, pair, preferred },
    sampledUnder: trainedUnder,
    trainedUnder,
  }
}

/** Direct preference optimization over stored samples: nothing is sampled. */
function preferences(perStep: number): Recipe<DialTask> {
  return {
    name: 'preferences',
    options: { perStep },
    collect: async ({ step }) =>
      Array.from({ length: perStep }, (_, i): SessionResult => {
        const pair = (step * perStep + i) % pairs.length
        const [better, worse] = pairs[pair]
        return {
          task: better.keys.task,
          session: i,
          samples: [member(better, pair, 1), member(worse, pair, 0)],
          outcomes: [],
          transcript: [],
        }
      }),
    advantages: (samples) => samples.map(() => 0),
    objective: pairwise({ beta: 0.5 }),
    aggregation: sequenceMeanTokenMean(),
  }
}

it('a recipe over pairs of stored samples learns to prefer, from the start as reference', async () => {
  expect(pairs.length).toBeGreaterThan(20)
  expect(new Set(pairs.flat().map(({ version }) => version)).size).toBeGreaterThan(5)
  expect(pairs.flat().some(isRebound)).toBe(true)
  const policy = dialPolicy()
  const { metrics } = await train(
    dialRun({
      recipe: preferences(8),
      policies: { model: policy },
      evaluation: undefined,
      stop: { steps: 20 },
    }),
  )
  const losses = metrics.map((line: Metrics) => line['policy/loss'])
  expect(losses[0]).toBeCloseTo(Math.LN2, 5)
  expect(losses.at(-1)).toBeLessThan(0.2)
  expect(metrics.every((line) => line['ledger/generated'] === 0)).toBe(true)
  const sum = (values: Float32Array): number => values.reduce((all, value) => all + value, 0)
  const margin = async ([better, worse]: Pair): Promise<number> => {
    const score = async (model: typeof policy): Promise<number> => {
      const items = [better, worse].map(({ trainedUnder: prompt, response }) => ({
        prompt,
        response,
        temperature: 1,
      }))
      const [a, b] = await model.score(items)
      return sum(a.logprobs) - sum(b.logprobs)
    }
    return (await score(policy)) - (await score(dialPolicy()))
  }
  const margins = await Promise.all(pairs.map(margin))
  expect(margins.filter((value) => value > 0).length).toBe(pairs.length)
})

it('half a pair is refused by the objective, naming the sample', async () => {
  const recipe = preferences(1)
  const halved: Recipe<DialTask> = {
    ...recipe,
    collect: async (context) =>
      (await recipe.collect(context)).map((session) => ({
        ...session,
        samples: session.samples.slice(0, 1),
      })),
  }
  await expect(
    train(dialRun({ recipe: halved, evaluation: undefined, stop: { steps: 1 } })),
  ).rejects.toThrow(/pairwise: a unit is .*preferred: 1/)
})

it('the reference is asked of the engine at the start', async () => {
  const policy = dialPolicy()
  const mute = new Proxy(policy, {
    get(target, name) {
      if (name === 'capabilities')
        return new Set([...target.capabilities].filter((one) => one !== 'snapshot'))
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await expect(
    train(
      dialRun({
        recipe: preferences(2),
        policies: { model: mute },
        evaluation: undefined,
        stop: { steps: 1 },
      }),
    ),
  ).rejects.toMatchObject({ code: 'unsupported' })
  expect(dialIcrl().objective.wants?.reference).toBeUndefined()
})
