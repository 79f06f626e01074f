import { randomStream } from '@icrl/core'
import type { AdamParams } from '../src/tinker/protocol/messages.ts'

/**
 * A model of one table: the logits of the next token are the row of the one before it. Gradient by
 * hand, AdamW as optax has it, float64. It is what `skyrlServer` trains in place of a transformer.
 */
export class TableModel {
  readonly size: number
  readonly table: Float64Array
  readonly gradient: Float64Array
  readonly moments: readonly [Float64Array, Float64Array]
  /** Datums since the last step. */
  datums = 0
  steps = 0

  constructor(size: number, seed: number) {
    this.size = size
    const draws = randomStream(seed, 'table')
    this.table = Float64Array.from({ length: size * size }, (_, i) => draws.normal(i))
    this.gradient = new Float64Array(size * size)
    this.moments = [new Float64Array(size * size), new Float64Array(size * size)]
  }

  logprobs(tokens: Int32Array, targets: ArrayLike<number>): Float64Array {
    return Float64Array.from(tokens, (token, t) => this.#logSoftmax(token)[targets[t]])
  }

  /** Adds Σ_t weight_t ∂ logp_t. */
  add(tokens: Int32Array, targets: ArrayLike<number>, weights: ArrayLike<number>): void {
    tokens.forEach((token, t) => {
      if (weights[t] === 0) return
      this.#logSoftmax(token).forEach((log, v) => {
        const slope = (v === targets[t] ? 1 : 0) - Math.exp(log)
        this.gradient[token * this.size + v] += weights[t] * slope
      })
    })
  }

  /** One step of AdamW; the norm of what it was made of. */
  step(scale: number, adam: AdamParams): number {
    const { learning_rate = 1e-4, beta1 = 0.9, beta2 = 0.95, eps = 1e-12 } = adam
    const { weight_decay = 0, grad_clip_norm = 0 } = adam
    const [first, second] = this.moments
    const norm = Math.hypot(...this.gradient) * scale
    const factor = scale * (grad_clip_norm > 0 ? Math.min(1, grad_clip_norm / norm) : 1)
    this.steps++
    const corrections = [beta1, beta2].map((beta) => 1 - beta ** this.steps)
    this.table.forEach((weight, i) => {
      const slope = this.gradient[i] * factor
      first[i] = beta1 * first[i] + (1 - beta1) * slope
      second[i] = beta2 * second[i] + (1 - beta2) * slope ** 2
      const move = first[i] / corrections[0] / (Math.sqrt(second[i] / corrections[1]) + eps)
      this.table[i] -= learning_rate * (move + weight_decay * weight)
    })
    this.gradient.fill(0)
    this.datums = 0
    return norm
  }

  sample(
    prompt: Int32Array,
    maxTokens: number,
    seed: number,
    temperature: number,
    stop: readonly number[],
  ): { tokens: number[]; logprobs: number[] } {
    const draws = randomStream(seed, 'sample')
    const [tokens, logprobs]: [number[], number[]] = [[], []]
    let last = prompt[prompt.length - 1]
    while (tokens.length < maxTokens && !stop.includes(tokens.at(-1)!)) {
      const logs = this.#logSoftmax(last)
      last =
        temperature === 0
          ? logs.indexOf(Math.max(...logs))
          : pick(logs, draws.uniform(tokens.length))
      tokens.push(last)
      logprobs.push(logs[last])
    }
    return { tokens, logprobs }
  }

  /** Everything that a checkpoint with its optimizer holds. */
  copy(): SavedTable {
    const { steps } = this
    const moments = this.moments.map((values) => values.slice())
    return { table: this.table.slice(), moments, steps }
  }

  put({ table, moments, steps }: SavedTable, optimizer: boolean): void {
    this.table.set(table)
    if (!optimizer) return
    this.moments.forEach((values, i) => values.set(moments[i]))
    this.steps = steps
  }

  #logSoftmax(token: number): Float64Array {
    const row = this.table.subarray(token * this.size, (token + 1) * this.size)
    const largest = Math.max(...row)
    const sum = row.reduce((all, logit) => all + Math.exp(logit - largest), 0)
    return row.map((logit) => logit - largest - Math.log(sum))
  }
}

export interface SavedTable {
  readonly table: Float64Array
  readonly moments: readonly Float64Array[]
  readonly steps: number
}

function pick(logs: Float64Array, uniform: number): number {
  let below = 0
  const found = logs.findIndex((log) => (below += Math.exp(log)) > uniform)
  return found < 0 ? logs.length - 1 : found
}
