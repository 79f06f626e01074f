import { textOf, type TextGenerator } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed, watched } from '../test/resumed.ts'
import { critical, type CriticalOptions, type StatedConfidence } from './index.ts'

const accuracy = { easy: 0.9, middling: 0.5, hard: 0.1 }
const world = quiz({ seed: 10, accuracy })
const { renderer, maxTokens } = world
const all = [...world.tasks('train', 64), ...world.tasks('test', 96)]
/** Knows how often questions like this are answered rightly, and says so. */
const teacher: TextGenerator = {
  complete: async ([message]) => {
    const task = all.find(({ question }) => textOf(message).includes(question))!
    const [rate] = [...world.confidences].sort(
      (a, b) =>
        Math.abs(world.confidenceOf(a)! - accuracy[task.level]) -
        Math.abs(world.confidenceOf(b)! - accuracy[task.level]),
    )
    return { text: rate, finish: 'stop' }
  },
}
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
/** Calibration error over the confidences that were stated, and how well they tell right from wrong. */
const figures: CriticalOptions<QuizTask>['figures'] = (stated) => {
  const values = [...new Set(stated.map(({ confidence }) => confidence))]
  const gaps = values.map((value) => {
    const own = stated.filter(({ confidence }) => confidence === value)
    return Math.abs(value - mean(own.map(({ right }) => Number(right)))) * own.length
  })
  const wins = stated
    .filter(({ right }) => right)
    .flatMap((good) =>
      stated
        .filter(({ right }) => !right)
        .map((bad) => (Math.sign(good.confidence - bad.confidence) + 1) / 2),
    )
  return { ece: gaps.reduce((sum, gap) => sum + gap, 0) / stated.length, auroc: mean(wins) }
}
const options: CriticalOptions<QuizTask> = {
  tasks: world.tasks('train', 64),
  heldOut: world.tasks('test', 96),
  renderer,
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
  confidencePrompt: (task, answer) => world.confidencePrompt(task, answer),
  confidenceOf: (text) => world.confidenceOf(text),
  teacherPrompt: ({ question }) => [{ role: 'user', content: question }],
  figures,
  steps: 15,
  tasksPerStep: 8,
  optimizer: { learningRate: 0.3, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const speaks = { renderer, sampling: { maxTokens, temperature: 1 } }
  const [rate] = renderer.answer!('<rate>')
  const [sure] = renderer.answer!('c90')
  const biases = [...world.untaught.biases!, { prompt: rate, at: 0, token: sure, value: 4 }]
  const shared = tablePolicy({ ...world.untaught, biases, files: diskFiles })
  return {
    policies: { shared },
    roles: { solver: { ...speaks, policy: 'shared' }, teacher: { ...speaks, by: teacher } },
    seed: 0,
  }
}

describe('critical', () => {
  it('states what it can do, and can do no less', async () => {
    const idle = { ...options, steps: 1, optimizer: { learningRate: 1e-9 } }
    const before = await ran(modelOf(), critical(idle))
    const after = await ran(modelOf(), critical(options))
    expect(after!.ece).toBeLessThan(before!.ece - 0.2)
    expect(after!.auroc).toBeGreaterThan(before!.auroc + 0.2)
    expect(Math.abs(after!['eval/stated'] - before!['eval/stated'])).toBeLessThan(0.05)
  })

  const short = {
    ...options,
    tasks: options.tasks.slice(0, 4),
    heldOut: options.heldOut!.slice(0, 4),
    steps: 2,
    tasksPerStep: 2,
    checkpoints: { every: 1 },
  }

  it('learns critiques under what they are about; what cannot be read counts as the worst', async () => {
    const said: StatedConfidence[] = []
    const { gathered, learned } = await watched(
      modelOf(),
      critical({
        ...short,
        confidenceOf: () => undefined,
        figures: (stated) => {
          said.push(...stated)
          return {}
        },
      }),
    )
    expect(said.length).toBe(4)
    for (const { right, confidence } of said) expect(confidence).toBe(right ? 0 : 1)
    for (const { keys, trainedUnder, response } of learned.learning) {
      const { transcript } = gathered.critiques.find(({ task }) => task === keys.task)!
      const task = short.tasks.find(({ id }) => id === keys.task)!
      const asked = world.confidencePrompt(task, transcript[0].text)
      expect(trainedUnder).toEqual(renderer.start(asked))
      expect(renderer.text(response)).toBe(transcript[2].text)
    }
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, critical(short))
    expect(parts).toEqual(whole)
  })
})

describe('the figures of this test', () => {
  it('confidences (.95,.95,.55,.55), right (1,0,1,0): error .25, AUROC .5', () => {
    const stated = [0.95, 0.95, 0.55, 0.55].map((confidence, i) => ({
      confidence,
      right: i % 2 === 0,
    }))
    const { ece, auroc } = figures!(stated)
    expect(ece).toBeCloseTo(0.25, 12)
    expect(auroc).toBe(0.5)
  })
})
