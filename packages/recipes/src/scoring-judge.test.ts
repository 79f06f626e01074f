import type { Sample, SessionResult } from '@icrl/core'
import { rankings, tablePolicy, type RankingTask } from '@icrl/core/testing'
import { train } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { scoringJudge, type ScoringJudgeOptions } from './index.ts'

const world = rankings()
const options: ScoringJudgeOptions<RankingTask> = {
  responsesOf: ({ responses }) => responses,
  labelOf: ({ best }) => best,
  judgePrompt: world.judgePrompt,
  tasksPerStep: 8,
}

interface Judged {
  readonly metrics: readonly Readonly<Record<string, number>>[]
  readonly samples: readonly Sample[]
  readonly sessions: readonly SessionResult[]
}

async function judged(
  more: Partial<ScoringJudgeOptions<RankingTask>> = {},
  steps = 1,
): Promise<Judged> {
  const { renderer, maxTokens } = world
  const samples: Sample[] = []
  const sessions: SessionResult[] = []
  const recipe = scoringJudge({ ...options, ...more })
  expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  const { metrics } = await train({
    recipe,
    policies: { shared: tablePolicy(world.untaught) },
    roles: { judge: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' } },
    tasks: world.tasks('train', 64),
    seed: 0,
    stop: { steps },
    optimizer: { learningRate: 0.2, clipNorm: 1 },
    onStep: (event) => {
      samples.push(...event.samples)
      sessions.push(...event.sessions)
    },
  })
  return { metrics, samples, sessions }
}

describe('scoring-judge', () => {
  it('learns which aspect counts, from ranks alone', async () => {
    const { metrics, sessions } = await judged({}, 30)
    const rightIn = (of: readonly SessionResult[]): number =>
      of.filter(({ findings }) => findings!.right).length / of.length
    expect(rightIn(sessions.slice(-160))).toBeGreaterThan(rightIn(sessions.slice(0, 96)) + 0.1)
    expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  })

  it('scores are in the order of the task, whichever was shown first', async () => {
    const { sessions, samples } = await judged()
    const byId = new Map(world.tasks('train', 64).map((task) => [task.id, task]))
    const seen = new Set<boolean>()
    for (const { task, session, findings, transcript } of sessions) {
      const [scores, { best }] = [findings!.scores as number[], byId.get(task)!]
      const asSaid = transcript[0].text.endsWith('[7,3]') ? [7, 3] : [3, 7]
      expect(scores).toEqual(session % 2 === 0 ? asSaid : [...asSaid].reverse())
      expect(findings!.right).toBe(scores[best] > scores[1 - best])
      seen.add(findings!.right === true)
    }
    expect(seen.size).toBe(2)
    for (const { reward, success } of samples) expect(reward).toBe(success ? 1 : -1)
  })

  it('what cannot be read earns what it earns, and a tie is no rank', async () => {
    const writing = { pays: { right: 1, wrong: 0.1, unreadable: 0 } }
    const mute = await judged({ ...writing, parseScores: () => undefined })
    expect(new Set(mute.samples.map(({ reward }) => reward))).toEqual(new Set([0]))
    expect(mute.samples.every(({ valid }) => !valid)).toBe(true)
    const tied = await judged({ ...writing, parseScores: () => [5, 5] })
    expect(new Set(tied.samples.map(({ reward }) => reward))).toEqual(new Set([0.1]))
  })

  it('a single response is right at its label exactly', async () => {
    const single = { responsesOf: ({ responses }: RankingTask) => [responses[0]], labelOf: () => 4 }
    const exact = await judged({ ...single, parseScores: () => [4] })
    const near = await judged({ ...single, parseScores: () => [5] })
    expect(exact.samples.every(({ reward }) => reward === 1)).toBe(true)
    expect(near.samples.every(({ reward }) => reward === -1)).toBe(true)
  })
})
