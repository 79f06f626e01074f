import { add, gather, matMul, randomNormal, tensor1d, tidy, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import {
  adamW,
  cacheSlab,
  decodeAttention,
  embedding,
  embeddingGradient,
  joinTables,
  PAGE_ROWS,
  packedAttention,
  packedAttentionGradient,
  rmsNorm,
  rmsNormGradient,
  rotary,
  rotaryGradient,
  swiglu,
  swigluGradient,
  tokenLogProbability,
  tokenLogProbabilityGradient,
  zeroMoment,
} from '@icrl/tfjs-ops'
import type { AdamWState, AttentionShape, PackedLayout, RotaryOptions } from '@icrl/tfjs-ops'

/**
 * A Qwen3 decoder of one layer, written plainly: what the architecture stands on, apart from the
 * packages that are built on it.
 */
export interface OneLayerShape {
  width: number
  feedForward: number
  vocabulary: number
  heads: number
  keyValueHeads: number
}

const MATRICES = ['embedding', 'query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const
const GAINS = ['attentionNorm', 'queryNorm', 'keyNorm', 'feedForwardNorm', 'finalNorm'] as const
type Name = (typeof MATRICES)[number] | (typeof GAINS)[number]
export type Gradients = Record<Name, Tensor>

interface Rows {
  ids: Tensor1D
  positions: Tensor1D
  layout: PackedLayout
  targets: Tensor1D
}

export class OneLayer {
  readonly attention: AttentionShape
  readonly rotary: RotaryOptions
  readonly #matrices: Record<(typeof MATRICES)[number], Variable>
  readonly #gains: Record<(typeof GAINS)[number], Variable>

  constructor({ width, feedForward, vocabulary, heads, keyValueHeads }: OneLayerShape) {
    const headDim = width / heads
    this.attention = { heads, keyValueHeads, headDim, scale: 1 / Math.sqrt(headDim) }
    const inverseFrequencies = Float32Array.from(
      { length: headDim / 2 },
      (_, i) => 10000 ** ((-2 * i) / headDim),
    )
    this.rotary = { headDim, epsilon: 1e-6, inverseFrequencies }
    const shapes = {
      embedding: [vocabulary, width],
      query: [width, width],
      key: [keyValueHeads * headDim, width],
      value: [keyValueHeads * headDim, width],
      output: [width, width],
      gate: [feedForward, width],
      up: [feedForward, width],
      down: [width, feedForward],
    }
    const matrices = MATRICES.map((name, i) => [
      name,
      variable(randomNormal(shapes[name], 0, shapes[name][1] ** -0.5, 'float32', 11 + i)),
    ])
    const gains = GAINS.map((name, i) => [
      name,
      variable(
        randomNormal(
          [name === 'queryNorm' || name === 'keyNorm' ? headDim : width],
          1,
          0.1,
          'float32',
          31 + i,
        ),
      ),
    ])
    this.#matrices = Object.fromEntries(matrices)
    this.#gains = Object.fromEntries(gains)
  }

  get #m(): Record<(typeof MATRICES)[number], Tensor2D> {
    return this.#matrices as unknown as Record<(typeof MATRICES)[number], Tensor2D>
  }

  get #g(): Record<(typeof GAINS)[number], Tensor1D> {
    return this.#gains as unknown as Record<(typeof GAINS)[number], Tensor1D>
  }

  #project(
    x: Tensor2D,
    positions: Tensor1D,
  ): {
    normed: Tensor2D
    query: Tensor2D
    key: Tensor2D
    value: Tensor2D
    q: Tensor2D
    k: Tensor2D
  } {
    const normed = rmsNorm(x, this.#g.attentionNorm, this.rotary)
    const [query, key, value] = [this.#m.query, this.#m.key, this.#m.value].map(
      (weight): Tensor2D => matMul(normed, weight, false, true),
    )
    return {
      normed,
      query,
      key,
      value,
      q: rotary(query, positions, this.#g.queryNorm, this.rotary),
      k: rotary(key, positions, this.#g.keyNorm, this.rotary),
    }
  }

  #after(
    x: Tensor2D,
    attended: Tensor2D,
  ): {
    middle: Tensor2D
    normed: Tensor2D
    gate: Tensor2D
    up: Tensor2D
    output: Tensor2D
    hidden: Tensor2D
  } {
    const middle: Tensor2D = add(x, matMul(attended, this.#m.output, false, true))
    const normed = rmsNorm(middle, this.#g.feedForwardNorm, this.rotary)
    const [gate, up] = [this.#m.gate, this.#m.up].map((weight): Tensor2D =>
      matMul(normed, weight, false, true),
    )
    const output: Tensor2D = add(middle, matMul(swiglu(gate, up), this.#m.down, false, true))
    return {
      middle,
      normed,
      gate,
      up,
      output,
      hidden: rmsNorm(output, this.#g.finalNorm, this.rotary),
    }
  }

  /** Log-probability of each row's target, by the packed full pass. */
  score(rows: Rows): Float32Array {
    return tidy(() => this.#forward(rows).head.logprobs.dataSync<'float32'>())
  }

  #forward({ ids, positions, layout, targets }: Rows) {
    const x = embedding(this.#m.embedding, ids)
    const projected = this.#project(x, positions)
    const { out, logsumexp } = packedAttention(projected.q, projected.k, projected.value, {
      ...this.attention,
      ...layout,
    })
    const after = this.#after(x, out)
    const options = { temperatures: new Float32Array(ids.size).fill(1), entropy: true }
    return {
      x,
      projected,
      out,
      logsumexp,
      after,
      options,
      head: tokenLogProbability(after.hidden, this.#m.embedding, targets, options),
    }
  }

  /**
   * Gradient of `Σ slopes · logprobs` in every parameter, one vector–Jacobian product after
   * another, no tape.
   */
  gradients(rows: Rows, slopes: Tensor1D): Gradients {
    return tidy(() => {
      const { x, projected, out, logsumexp, after, options, head } = this.#forward(rows)
      const forward = {
        hidden: after.hidden,
        weight: this.#m.embedding,
        targets: rows.targets,
        ...head,
      }
      const { dhidden, dweight } = tokenLogProbabilityGradient(slopes, undefined, forward, options)
      const { dx: doutput, dgain: finalNorm } = rmsNormGradient(
        dhidden,
        after.output,
        this.#g.finalNorm,
        this.rotary,
      )
      const down = matMul(doutput, swiglu(after.gate, after.up), true, false)
      const { dgate, dup } = swigluGradient(matMul(doutput, this.#m.down), after.gate, after.up)
      const dnormed: Tensor2D = add(matMul(dgate, this.#m.gate), matMul(dup, this.#m.up))
      const feedForward = rmsNormGradient(
        dnormed,
        after.middle,
        this.#g.feedForwardNorm,
        this.rotary,
      )
      const dmiddle: Tensor2D = add(doutput, feedForward.dx)
      const attention = { q: projected.q, k: projected.k, v: projected.value, out, logsumexp }
      const { dq, dk, dv } = packedAttentionGradient(matMul(dmiddle, this.#m.output), attention, {
        ...this.attention,
        ...rows.layout,
      })
      const query = rotaryGradient(
        dq,
        projected.query,
        rows.positions,
        this.#g.queryNorm,
        this.rotary,
      )
      const key = rotaryGradient(dk, projected.key, rows.positions, this.#g.keyNorm, this.rotary)
      const dprojected: Tensor2D = add(
        add(matMul(query.dx, this.#m.query), matMul(key.dx, this.#m.key)),
        matMul(dv, this.#m.value),
      )
      const norm = rmsNormGradient(dprojected, x, this.#g.attentionNorm, this.rotary)
      const dx: Tensor2D = add(dmiddle, norm.dx)
      return {
        embedding: add(dweight, embeddingGradient(dx, rows.ids, this.#m.embedding.shape[0])),
        query: matMul(query.dx, projected.normed, true, false),
        key: matMul(key.dx, projected.normed, true, false),
        value: matMul(dv, projected.normed, true, false),
        output: matMul(dmiddle, out, true, false),
        gate: matMul(dgate, after.normed, true, false),
        up: matMul(dup, after.normed, true, false),
        down,
        attentionNorm: norm.dgain,
        queryNorm: query.dgain as Tensor1D,
        keyNorm: key.dgain as Tensor1D,
        feedForwardNorm: feedForward.dgain,
        finalNorm,
      }
    })
  }

  /**
   * Log-probabilities of `targets[i][t]` after `sequences[i][0 … t]`, one token of every sequence a
   * step, with a key/value cache.
   */
  decode(sequences: readonly Int32Array[], targets: readonly Int32Array[]): Float32Array[] {
    const longest = Math.max(...sequences.map(({ length }) => length))
    const pages = Math.ceil(longest / PAGE_ROWS)
    const [keys, values] = [0, 1].map(() => cacheSlab(sequences.length * pages, this.attention))
    const caches = { keys: [keys], values: [values] }
    const found = sequences.map(({ length }) => new Float32Array(length))
    for (let t = 0; t < longest; t++) {
      const running = [...sequences.keys()].filter((i) => t < sequences[i].length)
      tidy(() => {
        const x = gather(
          this.#m.embedding,
          tensor1d(
            running.map((i) => sequences[i][t]),
            'int32',
          ),
        )
        const { q, k, value } = this.#project(
          x,
          tensor1d(
            running.map(() => t),
            'int32',
          ),
        )
        const options = {
          ...this.attention,
          ...joinTables(running.map((i) => Array.from({ length: pages }, (_, p) => i * pages + p))),
          lengths: new Int32Array(running.length).fill(t),
        }
        const { hidden } = this.#after(x, decodeAttention(q, k, value, caches, options))
        const wanted = tensor1d(
          running.map((i) => targets[i][t]),
          'int32',
        )
        const { logprobs } = tokenLogProbability(hidden, this.#m.embedding, wanted, {
          temperatures: new Float32Array(running.length).fill(1),
          entropy: false,
        })
        const read = logprobs.dataSync<'float32'>()
        running.forEach((i, at) => (found[i][t] = read[at]))
      })
    }
    keys.dispose()
    values.dispose()
    return found
  }

  /** A training step: gradients, then AdamW on every parameter. */
  step(
    rows: Rows,
    slopes: Tensor1D,
    moments: Record<string, Pick<AdamWState, 'first' | 'second'>>,
    step: number,
  ): void {
    const gradients = this.gradients(rows, slopes)
    for (const [name, parameter] of Object.entries({ ...this.#matrices, ...this.#gains })) {
      moments[name] ??= {
        first: zeroMoment(parameter.shape, 'float32'),
        second: zeroMoment(parameter.shape, 'float32'),
      }
      const rates = {
        learningRate: 1e-3,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientScale: 1,
      }
      adamW({ parameter, ...moments[name] }, gradients[name as Name], { ...rates, step })
    }
    for (const gradient of Object.values(gradients)) gradient.dispose()
  }
}
