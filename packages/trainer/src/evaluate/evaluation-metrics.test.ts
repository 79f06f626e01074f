import type { SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { evaluationMetrics } from './evaluation-metrics.ts'

const session = (task: string, rewards: number[], critiqued = false): SessionResult => ({
  task,
  session: 0,
  samples: [],
  outcomes: rewards.map((reward) => ({ reward, success: reward === 1 })),
  transcript: critiqued ? [{ role: 'critic', round: 1, text: '' }] : [],
})
const failed: SessionResult = { ...session('x', []), failure: { reason: 'lost', tokens: 3 } }

describe('evaluationMetrics', () => {
  it('compares second attempts at what the first attempt failed', () => {
    const metrics = evaluationMetrics({
      critique_free: [session('a', [1]), session('b', [0]), session('c', [0]), session('d', [0])],
      with_critique: [
        session('a', [1]),
        session('b', [0, 1], true),
        session('c', [0, 1], true),
        session('d', [0, 0], true),
      ],
      plain_retry: [
        session('a', [1]),
        session('b', [0, 0]),
        session('c', [0, 1]),
        session('d', [0, 0]),
      ],
    })
    expect(metrics['eval/critique_free']).toBe(0.25)
    expect(metrics['eval/with_critique']).toBe(0.75)
    expect(metrics['eval/plain_retry']).toBe(0.5)
    expect(metrics['critic/lift']).toBeCloseTo(1 / 3)
    expect(metrics).not.toHaveProperty('critic/harm_rate')
    expect(metrics).not.toHaveProperty('eval/pass_at_2')
  })

  it('counts right answers that a critique spoilt', () => {
    const metrics = evaluationMetrics({
      critique_free: [],
      ungated_critique: [
        session('a', [1, 0], true),
        session('b', [1, 1], true),
        session('c', [0, 0], true),
      ],
    })
    expect(metrics).toEqual({ 'eval/ungated_critique': 1 / 3, 'critic/harm_rate': 0.5 })
  })

  it('gives pass@k where tasks are repeated, up to the fewest repeats', () => {
    const answers = [
      ...[1, 0, 0, 0].map((outcome) => session('a', [outcome])),
      ...[0, 0, 0, 0].map((outcome) => session('b', [outcome])),
    ]
    expect(evaluationMetrics({ critique_free: answers })).toEqual({
      'eval/critique_free': 0.125,
      'eval/pass_at_2': 0.25,
      'eval/pass_at_4': 0.5,
    })
  })

  it('leaves failed sessions out and says how many', () => {
    expect(evaluationMetrics({ critique_free: [session('a', [1]), failed] })).toEqual({
      'eval/critique_free': 1,
      'eval/failed': 1,
    })
    expect(evaluationMetrics({ critique_free: [failed] })).toEqual({ 'eval/failed': 1 })
    expect(evaluationMetrics({})).toEqual({})
  })
})
