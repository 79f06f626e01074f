import type { SessionResult, TextGenerator } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { singleTurn } from '@icrl/rollout'
import { train } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import {
  repairGate,
  verifiedReturn,
  verifiedSteps,
  type StepVerdict,
  type VerifiedStepsOptions,
} from './index.ts'

describe('the return', () => {
  const step: StepVerdict = { score: 1, confidence: 0.8, tool: 1, repaired: false }

  it.each([
    [0.3, 0.881],
    [0.7, 0.5],
    [1, 0.182],
  ])('the gate at a confidence of %d is %d', (confidence, gate) =>
    expect(repairGate(confidence)).toBeCloseTo(gate, 3),
  )

  it('is r_out and the discounted steps', () => {
    expect(verifiedReturn([], 1)).toBe(1)
    expect(verifiedReturn([step], 1)).toBeCloseTo(1 + 0.3 + 0.8, 12)
    expect(verifiedReturn([step, step], 0)).toBeCloseTo(1.1 * 1.99, 12)
    expect(verifiedReturn([step, step, step], 0, { discount: 0 })).toBeCloseTo(1.1, 12)
  })

  it('only a repair costs something', () => {
    const cost = verifiedReturn([step], 0) - verifiedReturn([{ ...step, repaired: true }], 0)
    expect(cost).toBeCloseTo(0.05 * repairGate(0.8), 12)
    expect(verifiedReturn([{ ...step, confidence: 0 }], 0)).toBe(0.3)
  })
})

const world = quiz({ seed: 11, accuracy: { easy: 0.5, middling: 0.5, hard: 0.2 } })
const { renderer, maxTokens, verifier } = world
/** Hard questions are those that the calculator does not have. */
const canCheck = ({ level }: QuizTask): boolean => level !== 'hard'
/** Believes the calculator, and is sure of nothing else. */
const sceptic: TextGenerator = {
  complete: async ([{ content }]) => {
    const [, value] = /result:(\S+)/.exec(String(content)) ?? []
    const score = value === 'yes' ? 1 : value === 'no' ? -1 : 0
    const confidence = value === undefined ? 0.8 : 0.9
    return { text: `Seen: {"score": ${score}, "confidence": ${confidence}}`, finish: 'stop' }
  },
}
const doubter: TextGenerator = {
  complete: async () => ({ text: '{"score": 0.5, "confidence": 0.3}', finish: 'stop' }),
}
const options: VerifiedStepsOptions<QuizTask> = {
  attempt: singleTurn({ prompt: (task) => world.prompt(task), verifier }),
  stepPrompt: (task) => world.prompt(task),
  isDone: () => true,
  tool: (task, step) =>
    canCheck(task)
      ? { result: `result:${step === task.answer ? 'yes' : 'no'}`, value: 1 }
      : undefined,
  verifyPrompt: (_, steps) => [{ role: 'user', content: steps.at(-1)!.result ?? 'nothing' }],
  repairPrompt: (task) => world.prompt(task),
  tasksPerStep: 8,
  sessionsPerTask: 4,
}

interface Taught {
  readonly sessions: readonly SessionResult[]
  readonly rewards: readonly number[]
  readonly accuracy: (tasks: (task: QuizTask) => boolean) => Promise<number>
}

async function taught(
  more: Partial<VerifiedStepsOptions<QuizTask>> = {},
  steps = 1,
  by: TextGenerator = sceptic,
): Promise<Taught> {
  const policy = tablePolicy(world.untaught)
  const speaks = { renderer, sampling: { maxTokens, temperature: 1 } }
  const anyWords = { ...renderer, start: () => Int32Array.of(1, 2) }
  const recipe = verifiedSteps({ ...options, ...more })
  expect(JSON.parse(JSON.stringify(recipe.options))).toEqual(recipe.options)
  const sessions: SessionResult[] = []
  const rewards: number[] = []
  const { metrics } = await train({
    recipe,
    policies: { shared: policy },
    roles: {
      solver: { ...speaks, policy: 'shared' },
      verifier: { ...speaks, renderer: anyWords, by },
      repairer: { ...speaks, policy: 'shared' },
    },
    tasks: world.tasks('train', 64),
    seed: 0,
    stop: { steps },
    optimizer: { learningRate: 0.1, clipNorm: 1 },
    onStep: (event) => {
      sessions.push(...event.sessions)
      rewards.push(...event.samples.map(({ reward }) => reward))
    },
  })
  expect(metrics.flatMap((line) => Object.values(line)).every(Number.isFinite)).toBe(true)
  return {
    sessions,
    rewards,
    accuracy: async (which) => {
      const tasks = world.tasks('test', 60).filter(which)
      const items = tasks.map((task) => ({
        prompt: renderer.start(world.prompt(task)),
        response: renderer.answer!(task.answer),
        temperature: 1,
      }))
      const scores = await policy.score(items)
      return scores.reduce((sum, { logprobs }) => sum + Math.exp(logprobs[0]), 0) / tasks.length
    },
  }
}

describe('verified-steps', () => {
  it('without a reward from outside, learns where the tool can check, and only there', async () => {
    const [before, after] = [await taught({}, 1), await taught({}, 30)]
    const gain = async (which: (task: QuizTask) => boolean): Promise<number> =>
      (await after.accuracy(which)) - (await before.accuracy(which))
    expect(await gain(canCheck)).toBeGreaterThan(0.2)
    expect(Math.abs(await gain((task) => !canCheck(task)))).toBeLessThan(0.1)
  })

  it('every sample earns the return of its session', async () => {
    const { sessions, rewards } = await taught()
    for (const { findings } of sessions) {
      const verdicts = findings!.verdicts as unknown as StepVerdict[]
      expect(verdicts).toHaveLength(1)
      expect(verdicts[0].repaired).toBe(false)
    }
    expect(new Set(rewards.map((reward) => reward.toFixed(2)))).toEqual(
      new Set(['1.20', '-0.60', '0.00']),
    )
  })

  it('repairs what the verifier doubts, as often as it may', async () => {
    const isDone: VerifiedStepsOptions<QuizTask>['isDone'] = (_, steps) => steps.length === 4
    const { sessions } = await taught({ isDone }, 1, doubter)
    for (const { findings, transcript } of sessions) {
      const verdicts = findings!.verdicts as unknown as StepVerdict[]
      expect(verdicts.map(({ repaired }) => repaired)).toEqual([true, true, false, false])
      const roles = transcript.map(({ role }) => role)
      expect(roles.filter((role) => role === 'repairer')).toHaveLength(2)
      expect(roles.filter((role) => role === 'verifier')).toHaveLength(6)
    }
    const short = await taught({ isDone: () => false, mostSteps: 3, mostRepairs: 0 }, 1, doubter)
    for (const { transcript } of short.sessions) expect(transcript).toHaveLength(6)
  })

  it('what a verifier says in no form counts as nothing', async () => {
    const mute: TextGenerator = { complete: async () => ({ text: 'well', finish: 'stop' }) }
    const { rewards } = await taught({ tool: undefined, mostRepairs: 0 }, 1, mute)
    expect(new Set(rewards)).toEqual(new Set([0]))
  })
})
