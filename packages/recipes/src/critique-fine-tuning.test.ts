import { isRebound, type Recipe, type Sample } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask, type TablePolicy } from '@icrl/core/testing'
import { singleTurn } from '@icrl/rollout'
import { train } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { critiqueFineTuning, critiqueGuidedDistillation, type CritiquedAnswer } from './index.ts'

const world = quiz({ seed: 6 })
const { renderer, maxTokens, verifier } = world
const attempt = singleTurn<QuizTask>({ prompt: (task) => world.prompt(task), verifier })
/** A wrong answer, what a teacher says of it, and the right one. */
const examples = (task: QuizTask): CritiquedAnswer[] => [
  {
    answer: world.answers.find((answer) => answer !== task.answer)!,
    critique: 'wrong',
    refined: task.answer,
  },
  { answer: task.answer, critique: 'right', refined: task.answer },
]
const seen = (task: QuizTask, { answer, critique }: CritiquedAnswer): string =>
  `${world.residue(task, answer, { reliability: 1 })} ${critique}`
const shared = { renderer, examples, attempt, tasksPerStep: 8 }
const cft = critiqueFineTuning({
  ...shared,
  criticPrompt: (task, answer) =>
    world.judgePrompt(task, answer, world.residue(task, answer, { reliability: 1 })),
})
const cgd = (under?: 'question'): Recipe<QuizTask> =>
  critiqueGuidedDistillation({
    ...shared,
    under,
    prompt: (task, example) => world.prompt(task, example && seen(task, example)),
  })

/** Probability of the right answer to a held-out question, on average. */
async function accuracy(policy: TablePolicy): Promise<number> {
  const scores = await policy.score(
    world.tasks('test', 60).map((task) => ({
      prompt: renderer.start(world.prompt(task)),
      response: renderer.answer!(task.answer),
      temperature: 1,
    })),
  )
  return scores.reduce((sum, one) => sum + Math.exp(one.logprobs[0]), 0) / scores.length
}

interface Learned {
  readonly gain: number
  readonly samples: readonly Sample[]
  readonly losses: readonly number[]
}

async function learned(recipe: Recipe<QuizTask>): Promise<Learned> {
  const samples: Sample[] = []
  const policy = tablePolicy(world.untaught)
  const before = await accuracy(policy)
  const { metrics } = await train({
    recipe,
    policies: { shared: policy },
    roles: { solver: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' } },
    tasks: world.tasks('train', 64),
    seed: 0,
    stop: { steps: 25 },
    optimizer: { learningRate: 0.1, clipNorm: 1 },
    onStep: (event) => samples.push(...event.samples),
  })
  expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  expect(metrics.at(-1)!['ledger/generated']).toBe(0)
  return {
    gain: (await accuracy(policy)) - before,
    samples,
    losses: metrics.map((line) => line['policy/loss']),
  }
}

describe('critique-fine-tuning', () => {
  it('learns to criticize; what it was asked about is not imitated', async () => {
    const { losses, samples } = await learned(cft)
    expect(losses.at(-1)!).toBeLessThan(losses[0] / 2)
    expect(new Set(samples.map(({ response }) => renderer.text(response)))).toEqual(
      new Set(['right', 'wrong']),
    )
  })
})

describe('critique-guided-distillation', () => {
  it('teaches answers under the critique, which are then given without it', async () => {
    const { gain, samples } = await learned(cgd())
    expect(gain).toBeGreaterThan(0.1)
    expect(samples.some(isRebound)).toBe(false)
    const [one] = samples
    const task = world.tasks('train', 64).find(({ id }) => id === one.keys.task)!
    expect(Array.from(one.trainedUnder)).toEqual(
      Array.from(renderer.start(world.prompt(task, seen(task, examples(task)[0])))),
    )
  })

  it('under the question, the same ids', async () => {
    const [critique, question] = [await learned(cgd()), await learned(cgd('question'))]
    expect(question.gain).toBeGreaterThan(0.1)
    const ids = ({ samples }: Learned): number[][] =>
      samples.map(({ response }) => Array.from(response))
    expect(ids(question)).toEqual(ids(critique))
    const task = world.tasks('train', 64).find(({ id }) => id === question.samples[0].keys.task)!
    expect(Array.from(question.samples[0].trainedUnder)).toEqual(
      Array.from(renderer.start(world.prompt(task))),
    )
  })
})
