import { describe, expect, it } from 'vitest'
import type { StoredSample } from '@icrl/report'
import { inspectedStep } from './inspect-step.ts'

const revision = (weights: readonly number[], reward: number): StoredSample => ({
  id: 'train0/q/0/solver-2-0',
  parents: [],
  keys: { task: 'q', role: 'solver', session: 0, round: 2, branch: 0 },
  sampledUnder: Int32Array.of(1, 9),
  trainedUnder: Int32Array.of(1),
  response: Int32Array.of(5, 6),
  mask: Uint8Array.of(1, 1),
  behaviorLogprobs: Float32Array.of(-1, -1),
  weights: Float32Array.from(weights),
  rewards: { outcome: reward },
  reward,
  policy: 'shared',
  version: 'policy@0',
  temperature: 1,
  finish: 'stop',
  valid: true,
})

describe('a step that is looked into', () => {
  it('names the tokens of successful revisions that w_t mutes', () => {
    const text = inspectedStep([revision([0.00012, 1], 1), revision([0.5, 0.01], 0)], (id) =>
      id === 5 ? '#' : 'x',
    )
    expect(text).toMatch(/\n *id +text +times +mean weight\n +5 +"#" +1 +0.00012$/)
    expect(text).not.toContain('"x"')
  })

  it('lists groups alone where nothing is muted', () =>
    expect(inspectedStep([revision([1, 1], 1), revision([0, 0], 0)])).toMatch(
      /^task.*rewards\nq +solver +2 +0\.50 +1 0$/,
    ))
})
