import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { textOf, type TextGenerator } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { singleTurn } from '@icrl/rollout'
import { program, type ProgramOptions } from '@icrl/trainer'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed } from '../test/resumed.ts'
import { critiqueInTheLoop, type CritiqueInTheLoopOptions } from './index.ts'

const world = quiz({ seed: 5, accuracy: { easy: 0.9, middling: 0.5, hard: 0.002 } })
const all = [...world.tasks('train', 96), ...world.tasks('test', 96)]
/** Hints at the answer. */
const teacher: TextGenerator = {
  complete: async ([message]) => ({
    text: world.hint(all.find(({ question }) => textOf(message).includes(question))!.answer),
    finish: 'stop',
  }),
}
const options: CritiqueInTheLoopOptions<QuizTask> = {
  tasks: world.tasks('train', 48),
  attempt: singleTurn({
    prompt: (task, guidance) => world.prompt(task, guidance),
    verifier: world.verifier,
  }),
  criticPrompt: ({ question }) => [{ role: 'user', content: question }],
  samples: 2,
  extraSamples: 1,
  rounds: 2,
  steps: 30,
  optimizer: { learningRate: 0.3, clipNorm: 1 },
  heldOut: world.tasks('test', 96).filter(({ level }) => level === 'hard'),
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const { renderer, maxTokens } = world
  const speaks = { renderer, sampling: { maxTokens, temperature: 1 } }
  const policy = tablePolicy({ ...world.untaught, files: diskFiles })
  return {
    policies: { shared: policy },
    roles: { solver: { ...speaks, policy: 'shared' }, critic: { ...speaks, by: teacher } },
    seed: 0,
  }
}

describe('critique-in-the-loop', () => {
  it('solves hard questions that rejection sampling at as many attempts does not', async () => {
    const helped = await ran(modelOf(), critiqueInTheLoop(options))
    const alone = await ran(modelOf(), critiqueInTheLoop({ ...options, criticPrompt: undefined }))
    expect(helped!['eval/single']).toBeGreaterThan(alone!['eval/single'] + 0.2)
  })

  const short = {
    ...options,
    tasks: options.tasks.slice(0, 6),
    heldOut: options.heldOut!.slice(0, 2),
    steps: 2,
    tasksPerStep: 2,
    checkpoints: { every: 1 },
  }

  it('begins every round with the base weights, or goes on', async () => {
    for (const restart of [true, false]) {
      const directory = await mkdtemp(join(tmpdir(), 'loop-'))
      await program({ ...modelOf(), directory }, async (lab) => {
        await critiqueInTheLoop({ ...short, restart })(lab)
      })
      const config = await readFile(join(directory, 'learning 2', 'config.json'), 'utf8')
      await rm(directory, { recursive: true, force: true })
      expect(/"from": "([^"]+)"/.exec(config)?.[1]).toBe(restart ? 'base' : 'learning 1')
    }
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, critiqueInTheLoop(short))
    expect(parts).toEqual(whole)
  })
})
