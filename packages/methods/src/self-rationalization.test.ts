import type { SessionResult } from '@icrl/core'
import { rankings, tablePolicy, type RankingTask } from '@icrl/core/testing'
import type { ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, resumed, watched } from '../test/resumed.ts'
import {
  distanceFromLabel,
  distanceFromMajority,
  selfRationalization,
  type SelfRationalizationOptions,
} from './index.ts'

const world = rankings({ seed: 2, placeBias: 0 })
const options: SelfRationalizationOptions<RankingTask> = {
  tasks: world.tasks('train', 32),
  responsesOf: ({ responses }) => responses,
  labelOf: ({ best }) => best,
  judgePrompt: world.judgePrompt,
  steps: 10,
  beta: 1,
  tasksPerStep: 8,
  heldOut: world.tasks('test', 64),
  optimizer: { learningRate: 0.1, clipNorm: 1 },
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const { renderer, maxTokens } = world
  return {
    policies: { shared: tablePolicy({ ...world.untaught, files: diskFiles }) },
    roles: { judge: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' } },
    seed: 0,
  }
}
const byId = new Map(options.tasks.map((task) => [task.id, task]))
const share = (
  sessions: readonly SessionResult[],
  of: (session: SessionResult, task: RankingTask) => boolean,
): number =>
  sessions.filter((session) => of(session, byId.get(session.task)!)).length / sessions.length

describe('self-rationalization', () => {
  it('scores better, and for the right reason', async () => {
    const { gathered, learned, result } = await watched(modelOf(), selfRationalization(options))
    const rounds = [1, 2].map((round) => gathered[`judgments ${round}`])
    const right = rounds.map((own) => share(own, ({ findings }) => findings!.right === true))
    const named = rounds.map((own) =>
      share(own, ({ transcript }, { aspect }) => world.aspectIn(transcript[0].text) === aspect),
    )
    expect(right[1]).toBeGreaterThan(right[0] + 0.1)
    expect(named[1]).toBeGreaterThan(named[0] + 0.1)
    expect(result!['eval/judged']).toBeGreaterThan(right[0] + 0.1)
    const pairs = learned['preferences 1']
    for (let at = 0; at < pairs.length; at += 2)
      expect(pairs[at].trainedUnder).toEqual(pairs[at + 1].trainedUnder)
  })

  const short = {
    ...options,
    tasks: options.tasks.slice(0, 6),
    heldOut: world.tasks('test', 2),
    steps: 2,
    tasksPerStep: 2,
    rounds: 2,
    checkpoints: { every: 1 },
  }

  it.each([
    ['one judgment of each item', { samples: 1 }],
    ['a margin that no score reaches', { margin: 100 }],
  ])('%s makes no pair, which is said', async (_, more) =>
    expect(watched(modelOf(), selfRationalization({ ...short, ...more }))).rejects.toThrowError(
      expect.objectContaining({ code: 'empty-tasks' }),
    ),
  )

  it('by the majority no label is read', async () => {
    const { learned } = await watched(
      modelOf(),
      selfRationalization({
        ...short,
        rounds: 1,
        heldOut: undefined,
        labelOf: () => NaN,
        distanceOf: distanceFromMajority,
      }),
    )
    expect(learned['preferences 1'].length).toBeGreaterThan(0)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const { whole, parts } = await resumed(modelOf, selfRationalization(short))
    expect(parts).toEqual(whole)
  })
})

describe('distances', () => {
  it.each([
    [[5], 5, 0],
    [[3], 5, 2],
    [[7, 4], 0, 0],
    [[7, 4], 1, 3],
    [[5, 5], 0, Number.MIN_VALUE],
  ])('of %j from the label %d: %d', (scores, label, distance) =>
    expect(distanceFromLabel(scores, label)).toBe(distance),
  )

  it('from the majority, of equal ones the first', () => {
    const all = [
      [7, 3],
      [3, 7],
      [3, 7],
    ]
    expect(all.map((scores) => distanceFromMajority(scores, { id: 'a' }, all))).toEqual([8, 0, 0])
    expect(
      distanceFromMajority([3, 7], { id: 'a' }, [
        [7, 3],
        [3, 7],
      ]),
    ).toBe(8)
  })
})
