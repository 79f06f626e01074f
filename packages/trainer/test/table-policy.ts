import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  IcrlError,
  type Capability,
  type Generation,
  type LossSlopes,
  type PassItem,
  type PassOptions,
  type Policy,
  type SampleRequest,
  type SaveOptions,
  type ScoreItem,
  type Snapshot,
  type StepOptions,
  type StepStats,
  type TokenScores,
  type TokenSlopes,
} from '@icrl/core'

/** Response positions told apart. */
const POSITIONS = 4
const BETA = [0.9, 0.999] as const

/** Adds to the logits of `token` wherever a feature is on. */
export interface Bias {
  /** A prompt token, at response position `at`. */
  readonly prompt: number
  readonly at: number
  readonly token: number
  readonly value: number
}

const tables = new WeakMap<Snapshot, Float64Array>()

/**
 * A language model without tensors, with its exact gradient: the logits of a token are the sum of
 * one table row for the previous token and one for every (prompt token, response position) pair.
 * Trained by Adam in float64.
 */
export class TablePolicy implements Policy {
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'exact',
    'temperature',
    'entropy',
    'entropy-gradient',
    'snapshot',
    'restore',
    'save',
  ])
  readonly vocabularySize: number
  private table: Float64Array
  private gradient: Float64Array
  private moments: [Float64Array, Float64Array]
  private steps = 0
  private restarts = 0

  constructor(vocabularySize: number, biases: readonly Bias[] = []) {
    this.vocabularySize = vocabularySize
    const size = vocabularySize * (1 + POSITIONS) * vocabularySize
    this.table = new Float64Array(size)
    this.gradient = new Float64Array(size)
    this.moments = [new Float64Array(size), new Float64Array(size)]
    for (const { prompt, at, token, value } of biases)
      this.table[this.row(prompt, at) + token] += value
  }

  get version(): string {
    return `table-${this.restarts > 0 ? `${this.restarts}.` : ''}${this.steps}`
  }

  async sample(
    { prompt, maxTokens, temperature, stop, draws }: SampleRequest,
    signal?: AbortSignal,
  ): Promise<Generation> {
    const tokens: number[] = []
    const logprobs: number[] = []
    while (tokens.length < maxTokens) {
      await Promise.resolve()
      if (signal?.aborted)
        return {
          tokens: Int32Array.from(tokens),
          logprobs: Float32Array.from(logprobs),
          finish: 'aborted',
          version: this.version,
        }
      const rows = this.rows(prompt, tokens, tokens.length)
      const logs = this.logSoftmax(rows, temperature || 1)
      const token =
        temperature === 0
          ? logs.indexOf(Math.max(...logs))
          : pick(logs, draws.uniform(tokens.length))
      tokens.push(token)
      logprobs.push(logs[token])
      if (stop.includes(token))
        return {
          tokens: Int32Array.from(tokens),
          logprobs: Float32Array.from(logprobs),
          finish: 'stop',
          version: this.version,
        }
    }
    return {
      tokens: Int32Array.from(tokens),
      logprobs: Float32Array.from(logprobs),
      finish: 'length',
      version: this.version,
    }
  }

  async score(items: readonly ScoreItem[]): Promise<TokenScores[]> {
    return items.map((item) => this.scoreOne(item))
  }

  async accumulate(
    items: readonly PassItem[],
    slopes: LossSlopes,
    { entropySlopes = false }: PassOptions = {},
  ): Promise<TokenScores[]> {
    const scores = items.map((item) => this.scoreOne(item))
    try {
      const answers = slopes([...items.keys()], scores)
      if (!entropySlopes && answers.some(({ entropy }) => entropy)) throw misfit()
      items.forEach((item, i) => this.backward(item, answers[i]))
    } catch (error) {
      this.gradient.fill(0)
      throw error
    }
    return scores
  }

  async step({ learningRate, clipNorm = Infinity }: StepOptions): Promise<StepStats> {
    const gradientNorm = Math.sqrt(this.gradient.reduce((sum, slope) => sum + slope * slope, 0))
    if (!Number.isFinite(gradientNorm)) {
      this.gradient.fill(0)
      throw new IcrlError('table policy: the gradient is not finite.', {
        code: 'non-finite',
        remedy: 'Look at the objective.',
      })
    }
    const scale = Math.min(1, clipNorm / gradientNorm)
    this.steps++
    const [first, second] = this.moments
    this.gradient.forEach((slope, i) => {
      first[i] = BETA[0] * first[i] + (1 - BETA[0]) * slope * scale
      second[i] = BETA[1] * second[i] + (1 - BETA[1]) * (slope * scale) ** 2
      this.table[i] -=
        (learningRate * (first[i] / (1 - BETA[0] ** this.steps))) /
        (Math.sqrt(second[i] / (1 - BETA[1] ** this.steps)) + 1e-8)
    })
    this.gradient.fill(0)
    return { gradientNorm, version: this.version }
  }

  async snapshot(): Promise<Snapshot> {
    const kept = new TablePolicy(this.vocabularySize)
    kept.table = this.table.slice()
    kept.steps = this.steps
    kept.restarts = this.restarts
    const snapshot: Snapshot = {
      sample: (request, signal) => kept.sample(request, signal),
      score: (items) => kept.score(items),
      [Symbol.asyncDispose]: async () => undefined,
    }
    tables.set(snapshot, kept.table)
    return snapshot
  }

  async restore(snapshot: Snapshot): Promise<void> {
    const table = tables.get(snapshot)
    if (table?.length !== this.table.length)
      throw new IcrlError('table policy: the snapshot is of no table of this size.', {
        code: table ? 'invalid-shape' : 'unsupported',
        remedy: 'Restore a snapshot that such a policy made.',
      })
    this.table = table.slice()
    this.restart(this.restarts + 1)
  }

  async save(directory: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    const { table, moments, steps, restarts } = this
    await writeFile(
      join(directory, 'table.json'),
      JSON.stringify({
        steps,
        ...(restarts > 0 && { restarts }),
        table: Array.from(table),
        ...(optimizer && { moments: moments.map((values) => Array.from(values)) }),
      }),
    )
  }

  async load(directory: string): Promise<void> {
    const saved = JSON.parse(await readFile(join(directory, 'table.json'), 'utf8')) as {
      steps: number
      restarts?: number
      table: number[]
      moments?: [number[], number[]]
    }
    const { restarts = 0, moments } = saved
    this.table = Float64Array.from(saved.table)
    if (!moments) return this.restart(Math.max(this.restarts, restarts) + 1)
    this.gradient.fill(0)
    this.steps = saved.steps
    this.restarts = restarts
    this.moments = [Float64Array.from(moments[0]), Float64Array.from(moments[1])]
  }

  private restart(restarts: number): void {
    this.gradient.fill(0)
    for (const values of this.moments) values.fill(0)
    this.steps = 0
    this.restarts = restarts
  }

  private scoreOne({ prompt, response, mask, temperature }: ScoreItem): TokenScores {
    const logprobs = new Float32Array(response.length)
    const entropy = new Float32Array(response.length)
    response.forEach((token, t) => {
      if (mask && !mask[t]) return
      const logs = this.logSoftmax(this.rows(prompt, response, t), temperature)
      logprobs[t] = logs[token]
      entropy[t] = -logs.reduce((sum, log) => sum + Math.exp(log) * log, 0)
    })
    return { logprobs, entropy }
  }

  /**
   * ∂ logp(y)/∂ logit(v) = (1[v = y] − p_v) / temperature and ∂H/∂ logit(v) = −p_v (log p_v + H) /
   * temperature, into every row that is on.
   */
  private backward(
    { prompt, response, temperature, mask }: PassItem,
    answer: TokenSlopes | undefined,
  ): void {
    const { logprobs: slopes, entropy = slopes?.map(() => 0) } = answer ?? {}
    if (slopes?.length !== response.length || entropy?.length !== response.length) throw misfit()
    if (![...slopes, ...entropy].every(Number.isFinite))
      throw new IcrlError('table policy: a slope is not finite.', {
        code: 'non-finite',
        remedy: 'Look at the objective.',
      })
    response.forEach((token, t) => {
      if ((mask && !mask[t]) || (slopes[t] === 0 && entropy[t] === 0)) return
      const rows = this.rows(prompt, response, t)
      const logs = this.logSoftmax(rows, temperature)
      const mean = logs.reduce((sum, log) => sum + Math.exp(log) * log, 0)
      logs.forEach((log, v) => {
        const byLogprob = slopes[t] * ((v === token ? 1 : 0) - Math.exp(log))
        const byEntropy = entropy[t] * Math.exp(log) * (mean - log)
        for (const row of rows) this.gradient[row + v] += (byLogprob + byEntropy) / temperature
      })
    })
  }

  private logSoftmax(rows: readonly number[], temperature: number): number[] {
    const logits = Array.from(
      { length: this.vocabularySize },
      (_, v) => rows.reduce((sum, row) => sum + this.table[row + v], 0) / temperature,
    )
    const largest = Math.max(...logits)
    const total =
      Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)) + largest
    return logits.map((logit) => logit - total)
  }

  private rows(prompt: Int32Array, response: ArrayLike<number>, t: number): number[] {
    const previous = t > 0 ? response[t - 1] : prompt[prompt.length - 1]
    return [previous * this.vocabularySize, ...Array.from(prompt, (token) => this.row(token, t))]
  }

  private row(token: number, at: number): number {
    return (
      (this.vocabularySize + token * POSITIONS + Math.min(at, POSITIONS - 1)) * this.vocabularySize
    )
  }
}

function misfit(): IcrlError {
  return new IcrlError('table policy: the slopes do not fit the item.', {
    code: 'invalid-shape',
    remedy: 'Answer one slope per token, by entropy only where that was announced.',
  })
}

function pick(logs: readonly number[], uniform: number): number {
  let below = 0
  for (let v = 0; v < logs.length; v++) {
    below += Math.exp(logs[v])
    if (uniform < below) return v
  }
  return logs.length - 1
}
