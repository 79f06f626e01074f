import { textOf, type TextGenerator } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed } from '../test/resumed.ts'
import { critiqueRl, helpfulness, type CritiqueRlOptions } from './index.ts'

const world = quiz({ seed: 3 })
const all = [...world.tasks('train', 96), ...world.tasks('test', 64)]
/** Pseudo-random by the words alone, so that a resumed run is told the same. */
const coin = (words: string): boolean =>
  [...words].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1009, 7) % 2 === 0
const other = (answer: string): string =>
  world.answers[(world.answers.indexOf(answer) + 1) % world.answers.length]

/** Right half the time; told "wrong", it answers anew, and is then right half the time. */
const actor: TextGenerator = {
  complete: async ([message]) => {
    const words = textOf(message)
    const task = all.find(({ question }) => words.includes(question))!
    const [answer, critique] = words
      .slice(words.indexOf(task.question) + task.question.length + 1)
      .split(' ')
    const guess = coin(`${task.question}${answer}`) ? task.answer : other(task.answer)
    return { text: critique === 'right' ? answer : guess, finish: 'stop' }
  },
}
const options: CritiqueRlOptions<QuizTask> = {
  tasks: world.tasks('train', 96),
  heldOut: world.tasks('test', 64),
  prompt: ({ question }) => [{ role: 'user', content: `<solve> ${question}` }],
  verifier: world.verifier,
  criticPrompt: (task, answer) => world.judgePrompt(task, answer, world.residue(task, answer)),
  refinePrompt: ({ question }, answer, critique) => [
    { role: 'user', content: `<revise> ${question} ${answer} ${critique}` },
  ],
  steps: [30, 10],
  optimizer: { learningRate: 0.1, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const { renderer } = world
  const speaks = { renderer, sampling: { maxTokens: 2, temperature: 1 } }
  return {
    policies: { shared: tablePolicy({ ...world.untaught, files: diskFiles }) },
    roles: { critic: { ...speaks, policy: 'shared' }, actor: { ...speaks, by: actor } },
    seed: 0,
  }
}

describe('critique-rl', () => {
  it('learns to discern, and to help without unlearning it; the actor is never trained', async () => {
    const figures = await ran(modelOf(), critiqueRl(options))
    expect(figures!.discrimination).toBeGreaterThan(0.8)
    expect(figures!.gain).toBeGreaterThan(0.1)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const short = {
      ...options,
      tasks: options.tasks.slice(0, 8),
      heldOut: options.heldOut!.slice(0, 4),
      tasksPerStep: 2,
      steps: [2, 2] as const,
      checkpoints: { every: 1 },
    }
    const { whole, parts } = await resumed(modelOf, critiqueRl(short))
    expect(parts).toEqual(whole)
  })
})

describe('helpfulness', () => {
  it.each([
    ['right', true, 1, 1.2],
    ['right', true, 0, 0.2],
    ['wrong', false, 1, 1.2],
    ['wrong', true, 1, -1],
    ['right', false, 0, -1],
    [undefined, true, 1, -1],
  ] as const)(
    'verdict %s of a right answer (%s), refined %d: %d',
    (verdict, isRight, refined, reward) =>
      expect(helpfulness({ verdict, isRight, refined })).toBeCloseTo(reward, 12),
  )
})
