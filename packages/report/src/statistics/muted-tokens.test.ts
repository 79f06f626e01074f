import type { Sample } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { mutedTokens } from './muted-tokens.ts'

/** A successful revision of three tokens, changed as given. */
function revision(changes: Partial<Sample> = {}): Sample {
  return {
    id: 'train0/q/0/solver-2-0',
    parents: [],
    keys: { task: 'q', role: 'solver', session: 0, round: 2, branch: 0 },
    sampledUnder: Int32Array.of(1, 9),
    trainedUnder: Int32Array.of(1),
    response: Int32Array.of(5, 6, 7),
    mask: Uint8Array.of(1, 1, 1),
    behaviorLogprobs: Float32Array.of(-1, -1, -1),
    weights: Float32Array.of(0.02, 1, 0.05),
    rewards: { outcome: 1 },
    reward: 1,
    success: true,
    policy: 'shared',
    version: 'policy@0',
    temperature: 1,
    finish: 'stop',
    valid: true,
    ...changes,
  }
}

describe('muted tokens', () => {
  it('are those of successful revisions with little weight, the costliest first', () => {
    const tokens = mutedTokens([revision(), revision({ weights: Float32Array.of(0.5, 0.1, 0.01) })])
    expect(tokens.map(({ id, count }) => [id, count])).toEqual([
      [7, 2],
      [5, 1],
    ])
    expect(tokens[0].weight).toBeCloseTo(0.03, 6)
    expect(tokens[1].weight).toBeCloseTo(0.02, 6)
  })

  it('are the twelve that lose most, of many', () => {
    const response = Int32Array.from({ length: 20 }, (_, id) => id)
    const weights = Float32Array.from(response, (id) => id / 1000)
    const tokens = mutedTokens([revision({ response, weights, mask: new Uint8Array(20).fill(1) })])
    expect(tokens.map(({ id }) => id)).toEqual([...response.subarray(0, 12)])
  })

  it('are not looked for in failures, first attempts, observed tokens', () => {
    expect(
      mutedTokens([
        revision({ success: false }),
        revision({ trainedUnder: Int32Array.of(1, 9) }),
        revision({ weights: undefined }),
        revision({ mask: Uint8Array.of(0, 1, 0) }),
      ]),
    ).toEqual([])
  })
})
