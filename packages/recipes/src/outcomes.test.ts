import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import {
  outcomeOf,
  type AttemptProtocol,
  type QuestionTask,
  type Sample,
  type SessionResult,
  type Verdict,
} from '@icrl/core'
import { reinforce, tokenMean } from '@icrl/objective'
import { askRole, roleTurn, singleTurn } from '@icrl/rollout'
import { describe, expect, it } from 'vitest'
import { critic, novice, renderer, skillOf, trained } from '../test/tiny-world.ts'
import { grpo } from './grpo.ts'
import { icrl } from './icrl.ts'
import { solverRecipe } from './solver-recipe.ts'

/** Attempts whose verdict is what `judge` makes of being right or wrong. */
const judged = (judge: (right: boolean) => Omit<Verdict, 'valid'>): AttemptProtocol<QuestionTask> =>
  singleTurn<QuestionTask>({
    prompt: (task, guidance) => [
      { role: 'user', content: guidance ? `${task.question} advice ${guidance}` : task.question },
    ],
    verifier: ({ text, task }) => ({ ...judge(text === task.answer), valid: text !== '' }),
  })

const plain = judged((right) => ({ reward: right ? 1 : 0 }))
const others = {
  'plus and minus 1': judged((right) => ({ reward: right ? 1 : -1 })),
  'scores that say themselves what a success is': judged((right) => ({
    reward: right ? 3.7 : 1.2,
    success: right,
  })),
  'sums of components': judged((right) => ({ reward: right ? 0.7 + 0.2 + 0.1 : 0.2 })),
}
const sizes = { tasksPerStep: 4, sessionsPerTask: 8 }

describe.each(Object.entries(others))('a verifier of %s', (_, attempt) => {
  it('trains GRPO, and its successes are counted', async () => {
    const options = { stop: { steps: 12 } }
    const before = await skillOf(novice({ skill: 2 }))
    const [usual, other] = await Promise.all(
      [plain, attempt].map((each) =>
        trained(grpo({ attempt: each, ...sizes }), { ...options, policy: novice({ skill: 2 }) }),
      ),
    )
    expect(other.metrics[0]['accuracy/first']).toBe(usual.metrics[0]['accuracy/first'])
    expect(await skillOf(other.policy)).toBeGreaterThan(before + 0.2)
    expect(other.metrics.at(-1)!['accuracy/first']).toBeGreaterThan(
      other.metrics[0]['accuracy/first'] + 0.2,
    )
  })

  it('stops ICRL’s gate at successes, and pays critics for them', async () => {
    let sessions: readonly SessionResult[] = []
    let samples: readonly Sample[] = []
    const { metrics } = await trained(icrl({ attempt, ...critic, ...sizes }), {
      policy: novice({ skill: 2 }),
      onStep: (event) => ([sessions, samples] = [event.sessions, event.samples]),
    })
    for (const { outcomes } of sessions) expect(outcomes.length).toBe(outcomes[0].success ? 1 : 2)
    const first = sessions.filter(({ outcomes }) => outcomes[0].success).length / sessions.length
    expect(metrics[0]['accuracy/first']).toBe(first)
    const paid = samples.filter(({ keys }) => keys.role === 'critic')
    expect(paid.length).toBeGreaterThan(4)
    for (const { keys, reward } of paid) {
      const { outcomes } = sessions.find(
        ({ task, session }) => task === keys.task && session === keys.session,
      )!
      expect(reward).toBe(outcomes[1].success ? 1 : outcomes[1].reward - outcomes[0].reward)
    }
  })
})

describe('a planner and two workers', () => {
  /** The planner names a question's answer, and both workers answer it; the last one counts. */
  const team: AttemptProtocol<QuestionTask> = async function* ({ task, context, round }) {
    const options = {
      task,
      context,
      round,
      messages: [{ role: 'user', content: task.question }],
    } as const
    const { prompt, reply } = yield* askRole({ ...options, role: 'planner' })
    const workers = [
      yield* roleTurn({ ...options, role: 'worker', branch: 0 }),
      yield* roleTurn({ ...options, role: 'worker', branch: 1 }),
    ]
    const right = workers[1].text === task.answer
    return {
      attempt: {
        prompt,
        response: reply.tokens,
        mask: new Uint8Array(reply.tokens.length).fill(1),
        logprobs: reply.logprobs,
        version: reply.version,
        finish: reply.finish,
        valid: true,
        ...outcomeOf({ reward: Number(right) }, 'team'),
        turns: [{ text: reply.text }],
      },
      unguidedPrompt: prompt,
      role: 'planner',
      parts: workers,
    }
  }

  it('share a reward, are all trained, and balance the ledger', async () => {
    const recipe = solverRecipe(
      'team',
      {
        attempt: team,
        roles: { planner: { trained: true }, worker: { trained: true } },
        ...sizes,
      },
      {
        advantages: groupAdvantage({ by: groupBy('task', 'role'), baseline: meanStd() }),
        aggregation: tokenMean(),
        objective: reinforce(),
        evaluations: {},
        options: {},
      },
    )
    const role = { renderer, sampling: { maxTokens: 3, temperature: 1 }, policy: 'shared' }
    let samples: readonly Sample[] = []
    const { metrics } = await trained(recipe, {
      policy: novice({ skill: 2 }),
      roles: { planner: role, worker: role },
      onStep: (event) => (samples = event.samples),
    })
    expect(samples).toHaveLength(3 * 32)
    for (const { keys, reward, success } of samples) {
      const own = samples.filter(
        (other) => other.keys.task === keys.task && other.keys.session === keys.session,
      )
      expect(own.map((other) => other.reward)).toEqual([reward, reward, reward])
      expect(success).toBe(reward === 1)
    }
    const tokens = samples.reduce((sum, { mask }) => sum + mask.length, 0)
    expect(metrics[0]['ledger/generated']).toBe(tokens)
    expect(metrics[0]['ledger/trained']).toBeGreaterThan(0)
    expect(metrics[0]['reward/planner']).toBe(metrics[0]['reward/worker'])
    expect(metrics[0]['accuracy/first']).toBe(metrics[0]['reward/planner'])
  })
})
