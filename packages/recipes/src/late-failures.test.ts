import { singleTurn } from '@icrl/rollout'
import type { QuestionTask, Recipe, SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { critic, novice, trained } from '../test/tiny-world.ts'
import { grpo } from './grpo.ts'
import { icrl } from './icrl.ts'

const ask = (contextTokens?: number) =>
  singleTurn<QuestionTask>({
    prompt: (task, guidance) => [
      { role: 'user', content: guidance ? `${task.question} advice ${guidance}` : task.question },
    ],
    verifier: ({ text, task }) => ({ reward: text === task.answer ? 1 : 0, valid: text !== '' }),
    contextTokens,
  })

/** A question has 3 tokens and its answer 2; with advice the question alone has 5. */
const CRAMPED = 5

async function step(recipe: Recipe<QuestionTask>): Promise<{
  metrics: Readonly<Record<string, number>>
  sessions: readonly SessionResult[]
}> {
  let sessions: readonly SessionResult[] = []
  const { metrics } = await trained(recipe, {
    policy: novice({ skill: 2 }),
    onStep: (event) => (sessions = event.sessions),
  })
  return { metrics: metrics[0], sessions }
}

describe('guided prompts that outgrow the context', () => {
  const sizes = { tasksPerStep: 4, sessionsPerTask: 8 }

  it.each(['shared', 'frozen', 'shuffled'] as const)(
    'with critic %s cost what is missing: first attempts count and are trained',
    async (who) => {
      const cramped = await step(
        icrl({ attempt: ask(CRAMPED), ...critic, ...sizes, critic: who, gate: 'oracle' }),
      )
      const plain = await step(grpo({ attempt: ask(), ...sizes }))
      const failed = cramped.sessions.filter(({ failure }) => failure)
      expect(failed.length).toBeGreaterThan(8)
      expect(failed.length).toBeLessThan(32)
      expect(cramped.metrics['accuracy/first']).toBe(plain.metrics['accuracy/first'])
      expect(cramped.metrics['accuracy/first']).toBe(1 - failed.length / 32)
      expect(cramped.metrics).not.toHaveProperty('accuracy/guided')
      expect(cramped.metrics['ledger/trained']).toBe(plain.metrics['ledger/trained'])
      expect(cramped.metrics['ledger/failed']).toBeGreaterThan(0)
      expect(cramped.metrics['reward/solver']).toBe(plain.metrics['reward/solver'])
    },
  )

  it('in an evaluation leave the first attempt’s outcome, and are counted beside', async () => {
    const { metrics } = await trained(
      icrl({
        attempt: ask(CRAMPED),
        ...critic,
        ...sizes,
        evaluations: ['critique_free', 'with_critique'],
      }),
      {
        policy: novice({ skill: 2 }),
        evaluation: {
          tasks: ['q0', 'q1', 'q2', 'q3'].map((id) => ({ id, question: id, answer: `a${id[1]}` })),
          every: 1,
          repeats: 8,
        },
      },
    )
    const [{ 'eval/critique_free': free, 'eval/with_critique': guided, 'eval/failed': failed }] =
      metrics
    expect(guided).toBe(free)
    expect(failed).toBe(32 * (1 - free))
    expect(free).toBeGreaterThan(0)
    expect(free).toBeLessThan(1)
  })
})
