import type { ObjectiveInput } from '@icrl/core'

/** The generator of verl-losses.py. */
function drawsOf(seed: number): () => number {
  let state = (Math.imul(seed, 2654435761) + 1) >>> 0
  return () => {
    state = (state ^ (state << 13)) >>> 0
    state = (state ^ (state >>> 17)) >>> 0
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
}

/** A ragged batch, and a draw per token to multiply its gradient with. */
export function batchOf(seed: number): {
  readonly inputs: ObjectiveInput[]
  readonly probes: number[][]
} {
  const draw = drawsOf(seed)
  const rows = 2 + Math.floor(draw() * 4)
  const lengths = Array.from({ length: rows }, () => 1 + Math.floor(draw() * 7))
  const probes: number[][] = []
  const inputs = lengths.map((length): ObjectiveInput => {
    const advantage = 4 * draw() - 2
    const tokens = Array.from({ length }, (_, t) => {
      const old = -0.1 - 3 * draw()
      const now = Math.min(-0.01, old + 1.2 * draw() - 0.6)
      const mask = t > 0 && draw() < 0.2 ? 0 : 1
      return { old, now, mask, probe: draw() }
    })
    probes.push(tokens.map(({ probe }) => probe))
    return {
      logprobs: Float64Array.from(tokens, ({ now }) => now),
      oldLogprobs: Float64Array.from(tokens, ({ old }) => old),
      mask: Uint8Array.from(tokens, ({ mask }) => mask),
      advantages: new Float64Array(length).fill(advantage),
      coefficients: new Float64Array(length),
    }
  })
  return { inputs, probes }
}

export const keys = { task: 'q', role: 'solver', session: 0, round: 1, branch: 0 } as const
