import type { Sample } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { train, type ProgramOptions } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { diskFiles, ran, resumed, watched } from '../test/resumed.ts'
import { score, scoreStageI, scoreStageII, transitions, type ScoreOptions } from './index.ts'

const world = quiz({ seed: 2, accuracy: { easy: 0.6, middling: 0.5, hard: 0.3 } })
const options: ScoreOptions<QuizTask> = {
  prompt: (task) => world.prompt(task),
  revise: (task, answer) => `<solve> ${world.residue(task, answer)}`,
  verifier: world.verifier,
  tasks: world.tasks('train', 64),
  heldOut: world.tasks('test', 64),
  steps: [40, 10],
  optimizer: { learningRate: 0.1, clipNorm: 1 },
  tasksPerStep: 8,
  sessionsPerTask: 4,
  beta1: 0.01,
  beta2: 10,
}
const modelOf = (): Omit<ProgramOptions, 'directory'> => {
  const policy = tablePolicy({ ...world.untaught, files: diskFiles })
  const { renderer, maxTokens } = world
  const solver = { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' }
  return { policies: { shared: policy }, roles: { solver }, seed: 0 }
}

describe('score', () => {
  it('learns to correct: the second turn is better than the first, which is no worse', async () => {
    const before = await ran(modelOf(), (lab) =>
      score({ ...options, steps: [1, 1], optimizer: { learningRate: 1e-9 } })(lab),
    )
    const after = await ran(modelOf(), (lab) => score(options)(lab))
    expect(after!.gain).toBeGreaterThan(before!.gain + 0.1)
    expect(after!.first).toBeGreaterThan(before!.first - 0.05)
    expect(after!.last).toBeGreaterThan(before!.last + 0.1)
  })

  it('dies in every step, is resumed, and has the bytes of one that did not', async () => {
    const short = {
      ...options,
      tasksPerStep: 2,
      steps: [2, 2] as const,
      checkpoints: { every: 1 },
      heldOut: options.heldOut!.slice(0, 4),
    }
    const { whole, parts } = await resumed(modelOf, score(short))
    expect(parts).toEqual(whole)
  })

  it('leaves a stage of 0 steps out', async () => {
    const { learned } = await watched(
      modelOf(),
      score({ ...options, tasksPerStep: 2, steps: [0, 1], heldOut: undefined }),
    )
    expect(Object.keys(learned)).toEqual(['stage II'])
  })
})

async function samplesOf(recipe: ReturnType<typeof scoreStageI<QuizTask>>): Promise<Sample[]> {
  let samples: readonly Sample[] = []
  const { policies, roles } = modelOf()
  const { metrics } = await train({
    recipe,
    policies,
    roles,
    tasks: options.tasks,
    seed: 0,
    stop: { steps: 1 },
    optimizer: { learningRate: 0.1 },
    onStep: (event) => (samples = event.samples),
  })
  expect(metrics[0]['ledger/generated']).toBe(
    samples.reduce((sum, { mask }) => sum + mask.length, 0),
  )
  return [...samples]
}

describe('the stages', () => {
  const pairs = (samples: readonly Sample[]): [Sample, Sample][] =>
    samples
      .filter(({ keys }) => keys.round === 1)
      .map((one) => [one, samples.find(({ parents }) => parents[0] === one.id)!])

  it('I: turn 1 has no reward, turn 2 its outcome', async () => {
    for (const [one, two] of pairs(await samplesOf(scoreStageI(options)))) {
      expect([one.reward, one.advantages![0]]).toEqual([0, 0])
      expect(two.reward).toBe(two.rewards.outcome)
    }
  })

  it('II: (0,0) → 0, (0,1) → 11, (1,0) → −10, (1,1) → 1', async () => {
    const seen = new Set<string>()
    for (const [one, two] of pairs(await samplesOf(scoreStageII(options)))) {
      const ends = `${one.rewards.outcome},${two.rewards.outcome}`
      seen.add(ends)
      expect(one.reward).toBe(one.rewards.outcome)
      expect(two.reward).toBe({ '0,0': 0, '0,1': 11, '1,0': -10, '1,1': 1 }[ends])
    }
    expect(seen.size).toBe(4)
  })

  it('turn 2 is asked after the ids of turn 1, which stay as they were sampled', async () => {
    for (const [one, two] of pairs(await samplesOf(scoreStageII(options)))) {
      const before = [...one.sampledUnder, ...one.response]
      expect(Array.from(two.sampledUnder.slice(0, before.length))).toEqual(before)
    }
  })
})

describe('transitions', () => {
  const ends = (...success: boolean[]): { outcomes: { reward: number; success: boolean }[] } => ({
    outcomes: success.map((one) => ({ reward: Number(one), success: one })),
  })

  it('hand-counted; sessions of one attempt are not in it', () =>
    expect(
      transitions([
        ends(true, true),
        ends(false, true),
        ends(true, false),
        ends(false, true),
        ends(true),
      ]),
    ).toEqual({ first: 0.5, last: 0.75, gain: 0.25, repaired: 0.5, broken: 0.25 }))

  it('nothing of nothing', () => expect(transitions([])).toBeUndefined())
})
