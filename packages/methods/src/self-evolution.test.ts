import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, resumed, watched } from '../test/resumed.ts'
import { selfEvolution, type SelfEvolutionOptions } from './index.ts'

const world = quiz({ seed: 9, accuracy: { easy: 0.9, middling: 0.5, hard: 0.2 } })
const { renderer, maxTokens } = world
/** What the model can see of an answer: a residue that is right nine times in ten. */
const seen = (task: QuizTask, answer: string): string =>
  world.answers.includes(answer) ? world.residue(task, answer) : ''
const options: SelfEvolutionOptions<QuizTask> = {
  renderer,
  taught: world.tasks('train', 16, 200),
  examples: (task) =>
    world.answers.map((answer) => ({
      answer,
      critique: answer === task.answer ? 'right' : 'wrong',
      refined: task.answer,
    })),
  tasks: world.tasks('train', 32),
  heldOut: world.tasks('test', 64),
  prompt: (task) => world.prompt(task),
  feedbackPrompt: (task, answer) => world.judgePrompt(task, answer, seen(task, answer)),
  refinePrompt: (task, answer) => world.prompt(task, seen(task, answer)),
  verifier: world.verifier,
  steps: [20, 12],
  samples: 3,
  tasksPerStep: 8,
  optimizer: { learningRate: 0.1, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const speaks = { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' }
  return {
    policies: { shared: tablePolicy({ ...world.untaught, files: diskFiles }) },
    roles: { solver: speaks, critic: speaks },
    seed: 0,
  }
}
const short = {
  ...options,
  taught: options.taught.slice(0, 2),
  tasks: options.tasks.slice(0, 4),
  heldOut: undefined,
  steps: [2, 2] as const,
  tasksPerStep: 2,
  rounds: 2,
  checkpoints: { every: 1 },
}

describe('self-evolution', () => {
  it('answers better each round, by its own feedback alone', async () => {
    const { gathered, result } = await watched(modelOf(), selfEvolution(options))
    const accuracy = [1, 2].map((round) => {
      const own = gathered[`answers ${round}`]
      const right = own.filter(({ task, transcript }) =>
        options.tasks.some(({ id, answer }) => id === task && answer === transcript[0].text),
      )
      return right.length / own.length
    })
    expect(accuracy[1]).toBeGreaterThan(accuracy[0])
    expect(result!['eval/direct']).toBeGreaterThan(accuracy[0] + 0.1)
    expect(result!['eval/refined']).toBeGreaterThan(result!['eval/direct'] - 0.05)
  })

  it('never reads a label, and learns no answer that it finds bad itself', async () => {
    const { gathered, learned } = await watched(
      modelOf(),
      selfEvolution({
        ...short,
        verifier: () => {
          throw new Error('a label was read')
        },
      }),
    )
    const own = new Set(short.tasks.map(({ id }) => id))
    const lessons = learned['evolution 1'].filter(({ keys }) => own.has(keys.task))
    expect(lessons.length).toBeGreaterThan(0)
    for (const { keys, response, trainedUnder } of lessons) {
      const good = gathered['answers 1'].filter(
        ({ task, findings }) => task === keys.task && findings!.good === true,
      )
      const said = good.map(
        ({ transcript }) => transcript.filter(({ role }) => role === 'solver').at(-1)!.text,
      )
      expect(said).toContain(renderer.text(response))
      const task = short.tasks.find(({ id }) => id === keys.task)!
      expect(trainedUnder).toEqual(renderer.start(world.prompt(task)))
    }
    const bad = gathered['answers 1'].filter(({ findings }) => findings!.good === false)
    expect(bad.length).toBeGreaterThan(0)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, selfEvolution(short))
    expect(parts).toEqual(whole)
  })
})
