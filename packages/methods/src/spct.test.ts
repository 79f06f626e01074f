import { rankings, tablePolicy, type RankingTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed, watched } from '../test/resumed.ts'
import { spct, type SpctOptions } from './index.ts'

const world = rankings({ seed: 1 })
const { renderer, maxTokens } = world
const options: SpctOptions<RankingTask> = {
  tasks: world.tasks('train', 48),
  heldOut: world.tasks('test', 32),
  responsesOf: ({ responses }) => responses,
  labelOf: ({ best }) => best,
  judgePrompt: world.judgePrompt,
  metaPrompt: world.metaPrompt,
  renderer,
  steps: [8, 15, 30],
  tasksPerStep: 8,
  votes: 8,
  optimizer: { learningRate: 0.1, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => ({
  policies: { shared: tablePolicy({ ...world.untaught, files: diskFiles }) },
  roles: { judge: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' } },
  seed: 0,
})
const short = {
  ...options,
  tasks: options.tasks.slice(0, 6),
  heldOut: options.heldOut!.slice(0, 2),
  steps: [2, 2, 2] as const,
  tasksPerStep: 2,
  votes: 2,
  checkpoints: { every: 1 },
}

describe('spct', () => {
  it('learns principles; a vote is better than one judgment, a guided one than a plain one', async () => {
    const idle = { ...options, optimizer: { learningRate: 1e-9 } }
    const before = await ran(modelOf(), spct({ ...idle, steps: [1, 1, 1] }))
    const after = await ran(modelOf(), spct(options))
    expect(after!['eval/judged']).toBeGreaterThan(before!['eval/judged'] + 0.1)
    expect(after!.vote).toBeGreaterThanOrEqual(after!['eval/judged'])
    expect(after!.guided_vote).toBeGreaterThanOrEqual(after!.vote)
  })

  it('fine-tunes on right judgments alone, of items that not all judgments get right', async () => {
    const { gathered, learned } = await watched(modelOf(), spct(short))
    expect(learned['rejective fine-tuning'].length).toBeGreaterThan(0)
    for (const { keys, response } of learned['rejective fine-tuning']) {
      const own = gathered.judgments.filter(({ task }) => task === keys.task)
      expect(own.some(({ findings }) => findings!.right === false)).toBe(true)
      const right = own.filter(({ findings }) => findings!.right === true)
      expect(right.map(({ transcript }) => transcript[0].text)).toContain(renderer.text(response))
    }
    const pairs = learned['meta-judge'].map(({ keys }) => keys.preferred)
    expect(pairs.filter((one) => one === 1).length).toBe(pairs.length / 2)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, spct(short))
    expect(parts).toEqual(whole)
  })
})
