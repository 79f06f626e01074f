import type { Attempt, QuestionTask, RoleBinding, SessionProtocol, SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { bindings, tasks } from '../test/arithmetic.ts'
import { rewardsOf } from '../test/rewards-of.ts'
import { scriptedSampler } from '../test/scripted-sampler.ts'
import { wordRenderer } from '../test/word-renderer.ts'
import {
  joinSessions,
  plainRetry,
  reviseWith,
  runSessions,
  sampledTokens,
  singleTurn,
  solveAndCritique,
  solveCritiqueRevise,
  type SolveCritiqueReviseOptions,
} from './index.ts'

const CRITIQUE = 'count once more and mind what comes after'

/** An attempt whose context holds the question, not a critique as well. */
const cramped = singleTurn<QuestionTask>({
  prompt: (task, guidance) => [
    { role: 'user', content: guidance ? `${task.question} advice ${guidance}` : task.question },
  ],
  verifier: ({ text, task }) => ({ reward: text === task.answer ? 1 : 0, valid: true }),
  contextTokens: 13,
})
const options: SolveCritiqueReviseOptions<QuestionTask> = {
  attempt: cramped,
  criticPrompt: (task: QuestionTask, attempt: Attempt) => [
    { role: 'user', content: `${task.question} answered ${attempt.turns[0].text}` },
  ],
  parseCritique: (critique) => ({ critique, valid: true }),
}

/** Four sessions of a question; the first is right at once. */
async function sessions(
  protocol: SessionProtocol<QuestionTask>,
  roles: (all: Record<'solver' | 'critic', RoleBinding>) => Record<string, RoleBinding> = (all) =>
    all,
): Promise<SessionResult[]> {
  const renderer = wordRenderer()
  const sampler = scriptedSampler(renderer, ({ key }) =>
    key.role === 'critic' ? CRITIQUE : key.session === 0 ? '1' : 'wrong',
  )
  return runSessions({
    protocol,
    tasks: tasks(1),
    sessions: 4,
    samplers: { solver: sampler, critic: sampler },
    bindings: roles(bindings(renderer)),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
}

const idsOf = ({ samples }: SessionResult): string[] =>
  samples.map(({ id }) => id.split('/').at(-1)!)

describe('a session that fails late', () => {
  it('keeps its first attempt where a guided prompt outgrows the context; its critique is lost', async () => {
    const results = await sessions(solveCritiqueRevise(options))
    expect(results.map(rewardsOf)).toEqual([[1], [0], [0], [0]])
    expect(results[0].failure).toBeUndefined()
    for (const result of results.slice(1)) {
      expect(idsOf(result)).toEqual(['solver-1-0'])
      expect(result.failure).toMatchObject({
        reason: expect.stringContaining('round 2: the prompt has'),
        tokens: CRITIQUE.split(' ').length + 1,
      })
      expect(result.transcript.map(({ role }) => role)).toEqual(['solver', 'critic'])
      expect(sampledTokens(result)).toBe(2 + CRITIQUE.split(' ').length + 1)
    }
  })

  it('keeps its first attempt where the critic’s prompt throws', async () => {
    const results = await sessions(
      solveCritiqueRevise({
        ...options,
        criticPrompt: () => {
          throw new TypeError('no turns to review')
        },
      }),
    )
    expect(results.map(rewardsOf)).toEqual([[1], [0], [0], [0]])
    expect(results[1]).toMatchObject({ failure: { reason: 'no turns to review', tokens: 0 } })
    expect(results[1].samples[0]).toMatchObject({ reward: 0, success: false })
  })

  it('keeps a critique that an attempt followed', async () => {
    let asked = 0
    const [, result] = await sessions(
      solveCritiqueRevise({
        ...options,
        rounds: 3,
        attempt: singleTurn({
          prompt: (task) => [{ role: 'user', content: task.question }],
          verifier: () => ({ reward: asked++ < 0 ? 1 : 0, valid: true }),
        }),
        criticPrompt: (task, attempt) => {
          if (attempt.prompt.length > 0 && asked > 4) throw new Error('the second review fails')
          return options.criticPrompt(task, attempt)
        },
      }),
    )
    expect(idsOf(result)).toEqual(['solver-1-0', 'critic-1-0', 'solver-2-0'])
    expect(rewardsOf(result)).toEqual([0, 0])
    expect(result.failure?.tokens).toBe(0)
  })

  it('keeps the attempts before a retry that fails, and nothing where the first does', async () => {
    let asked = 0
    const failing = (from: number) =>
      singleTurn<QuestionTask>({
        prompt: (task) => {
          if (asked++ >= from) throw new Error('no prompt')
          return [{ role: 'user', content: task.question }]
        },
        verifier: () => ({ reward: 0, valid: true }),
      })
    const retried = await sessions(plainRetry(failing(4), 2))
    expect(retried.map(rewardsOf)).toEqual([[0], [0], [0], [0]])
    expect(retried.every(({ failure }) => failure?.tokens === 0)).toBe(true)
    asked = 0
    const lost = await sessions(plainRetry(failing(0), 2))
    expect(lost.map(({ samples, outcomes }) => [samples, outcomes])).toEqual(
      Array(4).fill([[], []]),
    )
  })

  it('counts no tokens of roles that are not trained', async () => {
    const [, result] = await sessions(solveCritiqueRevise(options), ({ solver, critic }) => ({
      solver,
      critic: { ...critic, policy: undefined },
    }))
    expect(idsOf(result)).toEqual(['solver-1-0'])
    expect(result.failure?.tokens).toBe(0)
  })
})

describe('joinSessions', () => {
  it('keeps first attempts of sessions whose second half failed, with a trained solver or without', async () => {
    for (const trained of ['solver', 'critic'] as const) {
      const only = (
        all: Record<'solver' | 'critic', RoleBinding>,
      ): Record<string, RoleBinding> => ({
        ...all,
        [trained === 'solver' ? 'critic' : 'solver']: { ...all.solver, policy: undefined },
      })
      const first = await sessions(solveAndCritique(options), only)
      const second = await sessions(
        reviseWith({
          attempt: cramped,
          adviceFor: (_, session) => (session === 0 ? undefined : { guidance: CRITIQUE }),
        }),
        only,
      )
      const whole = joinSessions(first, second)
      expect(whole.map(rewardsOf)).toEqual([[1], [0], [0], [0]])
      expect(whole.map(idsOf)).toEqual(
        trained === 'solver' ? Array(4).fill(['solver-1-0']) : [[], [], [], []],
      )
      const lost = trained === 'solver' ? 0 : CRITIQUE.split(' ').length + 1
      expect(whole.map(({ failure }) => failure?.tokens)).toEqual([undefined, lost, lost, lost])
      expect(whole.map(sampledTokens)).toEqual(
        first.map((result, i) => sampledTokens(result) + sampledTokens(second[i])),
      )
    }
  })

  it('leaves out what followed a first half that failed', async () => {
    const [, ok] = await sessions(solveAndCritique(options))
    const failure = { reason: 'lost', tokens: 3 }
    const [whole] = joinSessions([{ ...ok, failure }], [{ ...ok, outcomes: ok.outcomes }])
    expect(rewardsOf(whole)).toEqual([0])
    expect(idsOf(whole)).toEqual(['solver-1-0'])
    expect(sampledTokens(whole)).toBe(2 * sampledTokens(ok) + 3)
  })
})
