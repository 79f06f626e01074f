import {
  encodeSample,
  isRebound,
  type Attempt,
  type QuestionTask,
  type SessionProtocol,
  type SessionResult,
} from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arithmetic, bindings, tasks } from '../../test/arithmetic.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { scriptedSampler } from '../../test/scripted-sampler.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import {
  joinSessions,
  neverStop,
  plainRetry,
  reviseWith,
  runSessions,
  sampledTokens,
  solveAndCritique,
  solveCritiqueRevise,
  solveOnce,
  type SolveCritiqueReviseOptions,
} from '../index.ts'

const critic = {
  criticPrompt: (task: QuestionTask, attempt: Attempt) => [
    { role: 'user' as const, content: `${task.question} answered ${attempt.turns[0].text}` },
  ],
  parseCritique: (text: string) => ({ critique: text, valid: text.includes('count') }),
}

interface Told {
  /** The solver's words in each round; the last one over and over. */
  readonly solver?: readonly string[]
  readonly critic?: string
  readonly merge?: boolean
}

async function sessions(
  protocol: SessionProtocol<QuestionTask>,
  { solver = ['it is wrong'], critic: says = 'count again', merge = false }: Told = {},
  count = 1,
): Promise<SessionResult[]> {
  const renderer = wordRenderer({ merge })
  const sampler = scriptedSampler(renderer, ({ key }) =>
    key.role === 'critic' ? says : solver[Math.min(key.round, solver.length) - 1],
  )
  return runSessions({
    protocol,
    tasks: tasks(count),
    sessions: 2,
    samplers: { solver: sampler, critic: sampler },
    bindings: bindings(renderer),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
}

const protocol = (options: Partial<SolveCritiqueReviseOptions<QuestionTask>> = {}) =>
  solveCritiqueRevise({ attempt: arithmetic(), ...critic, ...options })
const ids = (result: SessionResult) =>
  result.samples.map(({ id }) => id.replace(/^train0\/q0\/0\//, ''))

describe('solveCritiqueRevise', () => {
  it('critiques a failed attempt and revises it', async () => {
    const [result] = await sessions(protocol(), { solver: ['it is wrong', 'it is 1'] })
    expect(ids(result)).toEqual(['solver-1-0', 'critic-1-0', 'solver-2-0'])
    expect(rewardsOf(result)).toEqual([0, 1])
    const [first, critique, revision] = result.samples
    expect(critique.parents).toEqual([first.id])
    expect(revision.parents).toEqual([critique.id])
    expect(critique).toMatchObject({
      reward: 0,
      rewards: {},
      valid: true,
      keys: { role: 'critic', round: 1 },
    })
    expect(revision).toMatchObject({
      reward: 1,
      rewards: { outcome: 1 },
      keys: { role: 'solver', round: 2 },
    })
    expect(result.transcript.map(({ role, round }) => `${role}${round}`)).toEqual([
      'solver1',
      'critic1',
      'solver2',
    ])
  })

  it('stops at a success', async () => {
    const [result] = await sessions(protocol({ rounds: 4 }), { solver: ['it is 1'] })
    expect(ids(result)).toEqual(['solver-1-0'])
  })

  it('makes K attempts at most, each guided by the latest critique alone', async () => {
    const seen: string[] = []
    const [result] = await sessions(
      protocol({
        rounds: 3,
        criticPrompt: (task, attempt) => (
          seen.push(attempt.turns[0].text),
          critic.criticPrompt(task, attempt)
        ),
      }),
      { solver: ['it is wrong', 'it is 12', 'it is 13'] },
    )
    expect(ids(result)).toEqual([
      'solver-1-0',
      'critic-1-0',
      'solver-2-0',
      'critic-2-0',
      'solver-3-0',
    ])
    expect(new Set(seen)).toEqual(new Set(['it is wrong', 'it is 12']))
    const [, , second, , third] = result.samples
    expect([...third.sampledUnder]).toEqual([...second.sampledUnder])
  })

  it('without a gate critiques successes too', async () => {
    const [result] = await sessions(protocol({ gate: neverStop }), { solver: ['it is 1'] })
    expect(rewardsOf(result)).toEqual([1, 1])
    expect(result.samples).toHaveLength(3)
  })

  it("rebinds revisions and nothing else; the trained prompt is the first attempt's", async () => {
    const [{ samples }] = await sessions(protocol())
    expect(samples.map(isRebound)).toEqual([false, false, true])
    expect([...samples[2].trainedUnder]).toEqual([...samples[0].sampledUnder])
    expect(samples[0].trainedUnder).toBe(samples[0].sampledUnder)
    expect(samples[1].trainedUnder).toBe(samples[1].sampledUnder)
  })

  it("swapping the solver's prompt never changes response ids, masks or their length", async () => {
    const word = fc.constantFrom('it', 'is', 'is is', 'wrong', 'count', 'again', 'again again', '3')
    const text = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '))
    await fc.assert(
      fc.asyncProperty(text, text, text, fc.boolean(), async (first, advice, second, merge) => {
        const told = { solver: [first, second], critic: advice, merge }
        const guided = (await sessions(protocol({ gate: neverStop }), told))[0].samples[2]
        const blind = (await sessions(plainRetry(arithmetic(), 2, neverStop), told))[0].samples[1]
        expect([...guided.response]).toEqual([...blind.response])
        expect([...guided.mask]).toEqual([...blind.mask])
        expect([...guided.trainedUnder]).toEqual([...blind.trainedUnder])
        expect(guided.behaviorLogprobs).toEqual(blind.behaviorLogprobs)
        expect(guided.mask.length).toBe(guided.response.length)
      }),
      { numRuns: 30 },
    )
  })

  it('a blank critique leaves a revision unguided, not rebound, and the critique invalid', async () => {
    const [{ samples }] = await sessions(
      protocol({ parseCritique: () => ({ critique: '', valid: false }) }),
    )
    expect(samples[1].valid).toBe(false)
    expect(samples[2].trainedUnder).toBe(samples[2].sampledUnder)
  })

  it('K = 1 is a single attempt, the same bytes as solveOnce', async () => {
    const bytes = (results: SessionResult[]) =>
      results.flatMap(({ samples }) => samples.map(encodeSample))
    expect(bytes(await sessions(protocol({ rounds: 1 })))).toEqual(
      bytes(await sessions(solveOnce(arithmetic()))),
    )
  })

  it("fails the session, not the run, where the critic's prompt has outgrown the context", async () => {
    const [result] = await sessions(protocol({ criticContextTokens: 5 }))
    expect(result.failure?.reason).toMatch(
      /critique of round 1: the prompt has \d+ tokens, the context 5/,
    )
    expect(result.failure?.tokens).toBe(0)
    expect(ids(result)).toEqual(['solver-1-0'])
    expect(rewardsOf(result)).toEqual([0])
  })

  it.each([0, -1, 1.5, NaN])('refuses rounds %s', (rounds) => {
    expect(() => protocol({ rounds })).toThrow(/rounds is/)
    expect(() => plainRetry(arithmetic(), rounds)).toThrow(/rounds is/)
  })
})

describe('plainRetry', () => {
  it('tries again without a critique, until success', async () => {
    const [result] = await sessions(plainRetry(arithmetic(), 5), {
      solver: ['it is wrong', 'it is wrong', 'it is 1'],
    })
    expect(rewardsOf(result)).toEqual([0, 0, 1])
    expect(result.samples.some(isRebound)).toBe(false)
    expect(
      new Set(result.samples.map(({ behaviorLogprobs }) => behaviorLogprobs.join())).size,
    ).toBe(3)
  })
})

describe('the two phases', () => {
  const told: Told = { solver: ['it is wrong', 'it is 1'] }
  const halves = async (adviceFor: Parameters<typeof reviseWith<QuestionTask>>[0]['adviceFor']) => {
    const first = await sessions(solveAndCritique({ attempt: arithmetic(), ...critic }), told, 2)
    const second = await sessions(reviseWith({ attempt: arithmetic(), adviceFor }), told, 2)
    return { first, second, whole: joinSessions(first, second) }
  }

  it("with each session's own critique are solveCritiqueRevise, draw for draw", async () => {
    const { whole } = await halves((task, session) => ({
      guidance: 'count again',
      parents: [`train0/${task.id}/${session}/critic-1-0`],
    }))
    expect(whole).toEqual(await sessions(protocol(), told, 2))
  })

  it("with another's critique change the sampled prompt and the parent only", async () => {
    const { whole } = await halves(() => ({
      guidance: 'count once more',
      parents: ['train0/q1/0/critic-1-0'],
    }))
    const own = await sessions(protocol(), told, 2)
    expect(whole[0].samples[2].parents).toEqual(['train0/q1/0/critic-1-0'])
    expect([...whole[0].samples[2].sampledUnder]).not.toEqual([...own[0].samples[2].sampledUnder])
    expect([...whole[0].samples[2].trainedUnder]).toEqual([...own[0].samples[2].trainedUnder])
  })

  it('make no further attempt where there is no advice', async () => {
    const { whole } = await halves(() => undefined)
    expect(whole.map(rewardsOf)).toEqual([[0], [0], [0], [0]])
  })

  it('count what a session sampled before its other phase failed', async () => {
    const { first, second } = await halves(() => ({ guidance: 'count again' }))
    const failed = {
      ...second[0],
      samples: [],
      outcomes: [],
      failure: { reason: 'lost', tokens: 3 },
    }
    const [whole] = joinSessions(first, [failed, ...second.slice(1)])
    expect(ids(whole)).toEqual(['solver-1-0'])
    expect(rewardsOf(whole)).toEqual([0])
    expect(whole.failure).toEqual({ reason: 'lost', tokens: 3 + 3 })
    expect(sampledTokens(whole)).toBe(10)
  })

  it('refuse to be joined where they do not pair', async () => {
    const { first } = await halves(() => undefined)
    expect(() => joinSessions(first, first.slice(1))).toThrow(/do not pair/)
    expect(() => joinSessions(first, [...first].reverse())).toThrow(/do not pair/)
    expect(joinSessions([], [])).toEqual([])
  })
})
