import type { SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { evaluationMetrics } from './evaluation-metrics.ts'

const session = (task: string, rewards: number[]): SessionResult => ({
  task,
  session: 0,
  samples: [],
  outcomes: rewards.map((reward) => ({ reward, success: reward === 1 })),
  transcript: [],
})
const failed: SessionResult = { ...session('x', []), failure: { reason: 'lost', tokens: 3 } }
const answers = (task: string, outcomes: readonly number[]): SessionResult[] =>
  outcomes.map((outcome) => session(task, [outcome]))

describe('evaluationMetrics', () => {
  it('gives the accuracy under each condition', () => {
    const conditions = {
      critique_free: [session('a', [1]), session('b', [0]), session('c', [0]), session('d', [0])],
      with_critique: [
        session('a', [1]),
        session('b', [0, 1]),
        session('c', [0, 1]),
        session('d', [0, 0]),
      ],
      plain_retry: [
        session('a', [1]),
        session('b', [0, 0]),
        session('c', [0, 1]),
        session('d', [0, 0]),
      ],
    }
    expect(evaluationMetrics([{ conditions }], 'critique_free')).toEqual({
      'eval/critique_free': 0.25,
      'eval/with_critique': 0.75,
      'eval/plain_retry': 0.5,
    })
  })

  it('gives pass@k of the headline where tasks are repeated, up to the fewest repeats', () => {
    const conditions = {
      critique_free: [...answers('a', [1, 0, 0, 0]), ...answers('b', [0, 0, 0, 0])],
      other: answers('a', [1, 1, 1, 1]),
    }
    expect(evaluationMetrics([{ conditions }], 'critique_free')).toEqual({
      'eval/critique_free': 0.125,
      'eval/other': 1,
      'eval/pass_at_2': 0.25,
      'eval/pass_at_4': 0.5,
    })
    expect(evaluationMetrics([{ conditions }], 'other')).toMatchObject({ 'eval/pass_at_4': 1 })
  })

  it('leaves failed sessions out and says how many', () => {
    const of = (critique_free: SessionResult[]): object =>
      evaluationMetrics([{ conditions: { critique_free } }], 'critique_free')
    expect(of([session('a', [1]), failed])).toEqual({
      'eval/critique_free': 1,
      'eval/failed': 1,
      'eval/coverage': 0.5,
    })
    expect(of([failed])).toEqual({ 'eval/failed': 1, 'eval/coverage': 0 })
    expect(of([])).toEqual({})
  })

  describe('of named sets', () => {
    const easy = { name: 'easy', conditions: { first: answers('a', [1, 0, 1, 1]) } }
    const hard = {
      name: 'hard',
      conditions: { first: [...answers('b', [0]), ...answers('c', [1]), failed] },
    }

    it('gives figures of each, and their mean, each set counted once', () => {
      expect(evaluationMetrics([easy, hard], 'first')).toEqual({
        'eval/first': (0.75 + 0.5) / 2,
        'eval/easy/first': 0.75,
        'eval/easy/pass_at_2': 1,
        'eval/easy/pass_at_4': 1,
        'eval/hard/first': 0.5,
        'eval/hard/failed': 1,
        'eval/hard/coverage': 2 / 3,
        'eval/failed': 1,
        'eval/coverage': 6 / 7,
      })
    })

    it('gives no mean over some of them', () => {
      const lost = { name: 'lost', conditions: { first: [failed, failed] } }
      expect(evaluationMetrics([easy, lost], 'first')).toEqual({
        'eval/easy/first': 0.75,
        'eval/easy/pass_at_2': 1,
        'eval/easy/pass_at_4': 1,
        'eval/lost/failed': 2,
        'eval/lost/coverage': 0,
        'eval/failed': 2,
        'eval/coverage': 4 / 6,
      })
    })
  })
})
