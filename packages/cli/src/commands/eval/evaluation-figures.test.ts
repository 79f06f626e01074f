import type { SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { evaluationFigures, type EvaluationFiguresOptions } from './evaluation-figures.ts'
import { evaluationReport } from './evaluation-report.ts'

const session = (task: string, rewards: number[], critique = ''): SessionResult => ({
  task,
  session: 0,
  samples: [],
  outcomes: rewards.map((reward) => ({ reward, success: reward === 1 })),
  transcript: critique === '' ? [] : [{ role: 'critic', round: 1, text: critique }],
})
const lost = (task: string, reason = 'no answer in 31 ms'): SessionResult => ({
  ...session(task, []),
  failure: { reason, tokens: 0 },
})
const valuesOf = (
  sessions: SessionResult[],
  options: Partial<EvaluationFiguresOptions> = {},
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(
      evaluationFigures({
        sessions,
        rounds: 2,
        hasCritic: true,
        parse: (text) => text,
        ...options,
      }),
    ).map(([name, { value }]) => [name, value]),
  )

describe('evaluationFigures', () => {
  it('reads the chain of K attempts and the retries after it', () => {
    expect(
      valuesOf([
        session('a', [1, 1]),
        session('b', [0, 1, 0]),
        session('c', [0, 1, 1]),
        session('d', [0, 0, 0]),
        session('e', [1, 0]),
      ]),
    ).toEqual({
      'eval/critique_free': 0.4,
      'eval/plain_retry': 0.6,
      'eval/with_critique': 0.8,
      'eval/ungated_critique': 0.6,
      'critic/lift': expect.closeTo(1 / 3),
      'critic/harm_rate': 0.5,
    })
  })

  it('with more rounds gives success by each of them', () => {
    expect(
      valuesOf([session('a', [0, 0, 1, 0, 0]), session('b', [0, 1, 0, 0, 0])], { rounds: 3 }),
    ).toMatchObject({
      'eval/with_critique_round_2': 0.5,
      'eval/with_critique': 1,
      'eval/ungated_critique': 0.5,
      'critic/lift': 0.5,
    })
  })

  it('gives pass@k of first attempts up to the fewest samples, and the mean of rewards that are neither 0 nor 1', () => {
    const sessions = [
      ...[1, 0, 0, 0].map((outcome) => session('a', [outcome])),
      ...[0, 0.5, 0, 0].map((outcome) => session('b', [outcome])),
    ]
    expect(valuesOf(sessions, { rounds: 1 })).toEqual({
      'eval/critique_free': 0.125,
      'eval/mean_reward': 0.1875,
      'eval/pass_at_2': 0.25,
      'eval/pass_at_4': 0.5,
    })
  })

  it('counts critiques that state an answer the question does not', () => {
    const answersOf = (task: string): { answers: string[]; question: string } | undefined =>
      task === 'unknown' ? undefined : { answers: ['7', 'seven'], question: 'Three and four?' }
    const sessions = [
      session('a', [0, 1, 0], 'It is seven.'),
      session('b', [0, 0, 0], 'Add them.'),
      session('unknown', [0, 0, 0], '7'),
    ]
    expect(valuesOf(sessions, { answersOf })['critic/leak_rate']).toBe(0.5)
  })

  it('counts sessions that failed late by what they finished', () => {
    const late = (task: string, rewards: number[]): SessionResult => ({
      ...session(task, rewards),
      failure: { reason: 'late', tokens: 0 },
    })
    expect(
      valuesOf([
        session('a', [1, 1]),
        session('b', [0, 1, 0]),
        late('c', [0]),
        late('d', [0]),
        late('e', [0, 0]),
      ]),
    ).toEqual({
      'eval/critique_free': 0.2,
      // Of c and d no plain retry was made; e was tried, and failed before it ended.
      'eval/plain_retry': expect.closeTo(1 / 3),
      'eval/with_critique': 0.4,
      'eval/ungated_critique': 0.4,
      'critic/lift': 1,
      'critic/harm_rate': 0,
    })
  })

  it('leaves failed sessions out; of nothing there are no figures', () => {
    expect(valuesOf([session('a', [1, 1]), lost('b')])).toMatchObject({ 'eval/critique_free': 1 })
    expect([valuesOf([]), valuesOf([lost('a')])]).toEqual([{}, {}])
  })
})

describe('evaluationReport', () => {
  const report = (sessions: SessionResult[], json = false): string =>
    evaluationReport({
      sessions,
      rounds: 1,
      hasCritic: false,
      parse: (text) => text,
      title: 'model in maze',
      about: { environment: 'maze' },
      json,
    })

  it('counts failures by reason, whatever the numbers in it', () => {
    const sessions = [
      session('a', [1]),
      lost('b'),
      lost('c', 'no answer in 907 ms'),
      lost('d', 'gone'),
    ]
    expect(report(sessions)).toContain(
      '3 of 4 sessions failed: 3 before an attempt ended, and are in no figure.\n  2 × no answer in 31 ms\n  1 × gone\n',
    )
    expect(JSON.parse(report(sessions, true))).toMatchObject({
      environment: 'maze',
      sessions: 4,
      'eval/failed': 3,
      failures: [
        { reason: 'no answer in 31 ms', sessions: 2 },
        { reason: 'gone', sessions: 1 },
      ],
    })
  })

  it('tells what failed late from what is lost', () => {
    const late = { ...session('e', [0]), failure: { reason: 'late', tokens: 0 } }
    expect(report([late])).toContain(
      '1 of 1 sessions failed: 1 later, and count by what they finished.\n  1 × late\n',
    )
    expect(report([session('a', [1]), lost('b'), late, late])).toContain(
      '3 of 4 sessions failed: 1 before an attempt ended, and are in no figure; 2 later, and count by what they finished.\n',
    )
  })

  it('is an error where all failed', () => {
    expect(() => report([lost('a'), lost('b', 'gone')])).toThrow(
      'every session failed, 2 in all: 1 × no answer in 31 ms; 1 × gone. There is nothing to report until that is fixed.',
    )
  })
})
