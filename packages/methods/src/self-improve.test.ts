import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { singleTurn } from '@icrl/rollout'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed } from '../test/resumed.ts'
import { selfImprove, type SelfImproveOptions } from './index.ts'

const world = quiz({ seed: 4 })
const options: SelfImproveOptions<QuizTask> = {
  tasks: world.tasks('train', 48),
  attempt: singleTurn({ prompt: (task) => world.prompt(task), verifier: world.verifier }),
  answerOf: (text) => text.split(' ').find((word) => world.answers.includes(word)),
  steps: 30,
  optimizer: { learningRate: 0.1, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const { renderer, maxTokens } = world
  const solver = { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' }
  const policy = tablePolicy({ ...world.untaught, files: diskFiles })
  return { policies: { shared: policy }, roles: { solver }, seed: 0 }
}
const accuracy = async (level: QuizTask['level'], steps: number): Promise<number> => {
  const heldOut = world.tasks('test', 150).filter((task) => task.level === level)
  const optimizer = { learningRate: steps === 1 ? 1e-9 : 0.1, clipNorm: 1 }
  const figures = await ran(modelOf(), selfImprove({ ...options, steps, optimizer, heldOut }))
  return figures!['eval/single']
}

describe('self-improve', () => {
  it('answers as the vote does: better where the mode is right, worse where it is wrong', async () => {
    expect(await accuracy('middling', 30)).toBeGreaterThan((await accuracy('middling', 1)) + 0.15)
    expect(await accuracy('hard', 30)).toBeLessThan((await accuracy('hard', 1)) - 0.05)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const short = {
      ...options,
      tasks: options.tasks.slice(0, 6),
      heldOut: world.tasks('test', 4),
      samples: 3,
      rounds: 2,
      steps: 2,
      tasksPerStep: 2,
      checkpoints: { every: 1 },
    }
    const { whole, parts } = await resumed(modelOf, selfImprove(short))
    expect(parts).toEqual(whole)
  })
})
