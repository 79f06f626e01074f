import { IcrlError } from '../errors.ts'
import type {
  Capability,
  Generation,
  LossSlopes,
  PassItem,
  PassOptions,
  Policy,
  SaveOptions,
  SampleRequest,
  ScoreItem,
  ScoreOptions,
  Snapshot,
  StepOptions,
  StepStats,
  TokenScores,
  TokenSlopes,
} from '../policy.ts'

/** Adds `value` to the logit of `token` wherever its feature is on. */
export type Bias =
  /** At response position `at`, where `prompt` is a token of the prompt. */
  | {
      /** An id that the prompt has. */
      readonly prompt: number
      /** Position in the response, from 0. */
      readonly at: number
      /** The token that it makes likelier. */
      readonly token: number
      /** What is added to its logit. */
      readonly value: number
    }
  /** Where `previous` is the token before it. */
  | {
      /** Id of the token before. */
      readonly previous: number
      /** The token that it makes likelier. */
      readonly token: number
      /** What is added to its logit. */
      readonly value: number
    }

/** Where a table policy is saved: paths are `directory/table.json`. */
export interface TextFiles {
  /** The text of a file; rejects if there is none. */
  read(path: string): Promise<string>
  /** Writes a file, in place of one that is there. */
  write(path: string, text: string): Promise<void>
}

/** Options of {@link tablePolicy}. */
export interface TablePolicyOptions {
  /** Ids are 0 … vocabularySize − 1. */
  readonly vocabularySize: number
  /** Response positions told apart; later ones are as the last. @defaultValue 4 */
  readonly positions?: number
  /** What it knows before it learns. @defaultValue nothing, every token is as likely */
  readonly biases?: readonly Bias[]
  /** How it reads and writes files. @defaultValue it cannot be saved */
  readonly files?: TextFiles
}

/** A table policy, and how many ids it knows. */
export interface TablePolicy extends Policy {
  /** Ids are below it. */
  readonly vocabularySize: number
}

const BETA = [0.9, 0.999] as const

/**
 * A language model of a few numbers, without tensors and with its exact gradient: for tests, which
 * it learns in milliseconds, and for examples of a policy. The logits of a token are a sum of rows
 * of a table: one row for the token before it, and one for every token of the prompt, by response
 * position:
 *
 *     z_t = W[y_{t−1}] + Σ_{x ∈ prompt} U[x, min(t, positions − 1)],   y_{−1} = last token of the prompt
 *
 * What depends on a pair of prompt tokens it cannot tell: give the pair a token of its own. Trained
 * by Adam (β 0.9, 0.999, ε 1e-8) in float64. It has every capability; `save` needs
 * `files`. A snapshot restores any table of the same sizes.
 *
 * @throws `invalid-option` for sizes that are no counts or a bias outside the table; its methods
 * throw `vocabulary-mismatch` for an id it does not know, `unsupported` for top-p and top-k
 * @example
 * import { tablePolicy } from '@icrl/core/testing'
 * // After prompt token 2, token 1 is likely at the first position.
 * const policy = tablePolicy({
 *   vocabularySize: 4,
 *   biases: [{ prompt: 2, at: 0, token: 1, value: 3 }],
 * })
 * const [{ logprobs }] = await policy.score([
 *   { prompt: Int32Array.of(2), response: Int32Array.of(1), temperature: 1 },
 * ])
 * Math.exp(logprobs[0]) // 0.87 = e³/(e³ + 3)
 */
export function tablePolicy(options: TablePolicyOptions): TablePolicy {
  return new Table(options)
}

/** Tables of snapshots, for `restore`. */
const kept = new WeakMap<Snapshot, Table>()

class Table implements TablePolicy {
  readonly capabilities: ReadonlySet<Capability>
  readonly vocabularySize: number
  readonly #positions: number
  readonly #files: TextFiles | undefined
  readonly #table: Float64Array
  readonly #gradient: Float64Array
  readonly #moments: readonly [Float64Array, Float64Array]
  /** Adam steps since the optimizer was fresh. */
  #steps = 0
  /** Steps and fresh starts since the table was made: what its version counts. */
  #changes = 0

  constructor({ vocabularySize, positions = 4, biases = [], files }: TablePolicyOptions) {
    count('vocabularySize', vocabularySize)
    count('positions', positions)
    this.capabilities = new Set<Capability>([
      'exact',
      'temperature',
      'entropy',
      'entropy-gradient',
      'self-certainty',
      'snapshot',
      'restore',
      ...(files ? ['save' as const] : []),
    ])
    this.vocabularySize = vocabularySize
    this.#positions = positions
    this.#files = files
    const size = vocabularySize * (1 + positions) * vocabularySize
    this.#table = new Float64Array(size)
    this.#gradient = new Float64Array(size)
    this.#moments = [new Float64Array(size), new Float64Array(size)]
    for (const bias of biases) this.#table[this.#placeOf(bias)] += bias.value
  }

  get version(): string {
    return `table-${this.#changes}`
  }

  async sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation> {
    const { prompt, maxTokens, temperature, stop, draws, topP = 1, topK = 0, onToken } = request
    if (topP !== 1 || topK !== 0)
      throw new IcrlError(`table policy: topP ${topP}, topK ${topK}.`, {
        code: 'unsupported',
        remedy: 'Leave them out: it samples from the full softmax.',
      })
    const { version } = this
    const tokens: number[] = []
    const logprobs: number[] = []
    const ended = (finish: Generation['finish']): Generation => ({
      tokens: Int32Array.from(tokens),
      logprobs: Float32Array.from(logprobs),
      finish,
      version,
    })
    while (tokens.length < maxTokens) {
      await Promise.resolve()
      if (signal?.aborted) return ended('aborted')
      const logs = this.#logSoftmax(this.#rows(prompt, tokens, tokens.length), temperature || 1)
      const token =
        temperature === 0
          ? logs.indexOf(Math.max(...logs))
          : pick(logs, draws.uniform(tokens.length))
      tokens.push(token)
      logprobs.push(logs[token])
      onToken?.(token, Math.fround(logs[token]))
      if (stop.includes(token)) return ended('stop')
    }
    return ended('length')
  }

  async score(items: readonly ScoreItem[], want: ScoreOptions = {}): Promise<TokenScores[]> {
    return items.map((item) => this.#scoreOne(item, want))
  }

  async accumulate(
    items: readonly PassItem[],
    slopes: LossSlopes,
    { entropySlopes = false, ...want }: PassOptions = {},
  ): Promise<TokenScores[]> {
    const scores = items.map((item) => this.#scoreOne(item, want))
    try {
      const answers = slopes([...items.keys()], scores)
      items.forEach((item, i) => this.#backward(item, fitting(answers[i], item, entropySlopes)))
    } catch (error) {
      this.#gradient.fill(0)
      throw error
    }
    return scores
  }

  async step({ learningRate, clipNorm = Infinity }: StepOptions): Promise<StepStats> {
    const gradient = this.#gradient
    const gradientNorm = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0))
    if (!Number.isFinite(gradientNorm)) {
      gradient.fill(0)
      throw new IcrlError('table policy: the gradient is not finite.', {
        code: 'non-finite',
        remedy: 'Look at the objective.',
      })
    }
    const scale = Math.min(1, clipNorm / gradientNorm)
    this.#steps++
    this.#changes++
    const [first, second] = this.#moments
    const unbiased = BETA.map((beta) => 1 - beta ** this.#steps)
    gradient.forEach((slope, i) => {
      first[i] = BETA[0] * first[i] + (1 - BETA[0]) * slope * scale
      second[i] = BETA[1] * second[i] + (1 - BETA[1]) * (slope * scale) ** 2
      this.#table[i] -=
        (learningRate * (first[i] / unbiased[0])) / (Math.sqrt(second[i] / unbiased[1]) + 1e-8)
    })
    gradient.fill(0)
    return { gradientNorm, version: this.version }
  }

  async snapshot(): Promise<Snapshot> {
    const copy = new Table({ vocabularySize: this.vocabularySize, positions: this.#positions })
    copy.#table.set(this.#table)
    copy.#changes = this.#changes
    const snapshot: Snapshot = {
      sample: (request, signal) => copy.sample(request, signal),
      score: (items, want) => copy.score(items, want),
      [Symbol.asyncDispose]: async () => undefined,
    }
    kept.set(snapshot, copy)
    return snapshot
  }

  async restore(snapshot: Snapshot): Promise<void> {
    const copy = kept.get(snapshot)
    if (!copy)
      throw new IcrlError('table policy: the snapshot is not of a table policy.', {
        code: 'unsupported',
        remedy: 'Restore what `snapshot` of a table policy of the same sizes gave.',
      })
    if (copy.vocabularySize !== this.vocabularySize || copy.#positions !== this.#positions)
      throw new IcrlError(
        `table policy: the snapshot has ${copy.vocabularySize} tokens and ${copy.#positions} positions, this policy ${this.vocabularySize} and ${this.#positions}.`,
        { code: 'invalid-shape', remedy: 'Restore a snapshot of a table of the same sizes.' },
      )
    this.#table.set(copy.#table)
    this.#freshOptimizer()
    this.#changes++
  }

  async save(directory: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    const saved: SavedTable = {
      changes: this.#changes,
      table: Array.from(this.#table),
      ...(optimizer && {
        optimizer: {
          steps: this.#steps,
          moments: [Array.from(this.#moments[0]), Array.from(this.#moments[1])],
        },
      }),
    }
    await this.#storage().write(`${directory}/table.json`, JSON.stringify(saved))
  }

  async load(directory: string): Promise<void> {
    const path = `${directory}/table.json`
    const saved = savedTable(path, await this.#storage().read(path), this.#table.length)
    this.#table.set(saved.table)
    this.#freshOptimizer()
    // Other weights never have a version that named some before.
    this.#changes = saved.optimizer ? saved.changes : Math.max(this.#changes, saved.changes) + 1
    if (!saved.optimizer) return
    this.#steps = saved.optimizer.steps
    this.#moments.forEach((values, i) => values.set(saved.optimizer!.moments[i]))
  }

  #freshOptimizer(): void {
    this.#gradient.fill(0)
    for (const values of this.#moments) values.fill(0)
    this.#steps = 0
  }

  #storage(): TextFiles {
    if (this.#files) return this.#files
    throw new IcrlError('table policy: it has no files to be saved in.', {
      code: 'unsupported',
      remedy: 'Give `files`, such as readFile and writeFile of node:fs/promises.',
    })
  }

  #scoreOne(
    { prompt, response, mask, temperature }: ScoreItem,
    { entropy, selfCertainty }: ScoreOptions,
  ): TokenScores {
    const scores = {
      logprobs: new Float32Array(response.length),
      ...(entropy && { entropy: new Float32Array(response.length) }),
      ...(selfCertainty && { selfCertainty: new Float32Array(response.length) }),
    }
    response.forEach((token, t) => {
      if (mask && !mask[t]) return
      const logs = this.#logSoftmax(this.#rows(prompt, response, t), temperature)
      scores.logprobs[t] = logs[this.#known(token)]
      if (scores.entropy) scores.entropy[t] = entropyOf(logs)
      if (scores.selfCertainty)
        scores.selfCertainty[t] =
          -Math.log(logs.length) - logs.reduce((sum, log) => sum + log, 0) / logs.length
    })
    return scores
  }

  /**
   * ∂ logp(y)/∂ logit(v) = (1[v = y] − p_v) / temperature and
   * ∂ H/∂ logit(v) = −p_v (log p_v + H) / temperature, into every row that is on.
   */
  #backward(
    { prompt, response, mask, temperature }: PassItem,
    { logprobs: slopes, entropy: entropySlopes }: TokenSlopes,
  ): void {
    response.forEach((token, t) => {
      const entropySlope = entropySlopes?.[t] ?? 0
      if ((mask && !mask[t]) || (slopes[t] === 0 && entropySlope === 0)) return
      const rows = this.#rows(prompt, response, t)
      const logs = this.#logSoftmax(rows, temperature)
      const entropy = entropyOf(logs)
      for (let v = 0; v < logs.length; v++) {
        const p = Math.exp(logs[v])
        const byLogprob = slopes[t] * ((v === token ? 1 : 0) - p)
        const byEntropy = -entropySlope * p * (logs[v] + entropy)
        for (const row of rows) this.#gradient[row + v] += (byLogprob + byEntropy) / temperature
      }
    })
  }

  #logSoftmax(rows: readonly number[], temperature: number): Float64Array {
    const logs = new Float64Array(this.vocabularySize)
    for (const row of rows) for (let v = 0; v < logs.length; v++) logs[v] += this.#table[row + v]
    let largest = -Infinity
    for (let v = 0; v < logs.length; v++) {
      logs[v] /= temperature
      largest = Math.max(largest, logs[v])
    }
    let sum = 0
    for (let v = 0; v < logs.length; v++) sum += Math.exp(logs[v] - largest)
    const total = Math.log(sum) + largest
    for (let v = 0; v < logs.length; v++) logs[v] -= total
    return logs
  }

  #rows(prompt: Int32Array, response: ArrayLike<number>, t: number): number[] {
    if (prompt.length === 0)
      throw new IcrlError('table policy: the prompt is empty.', {
        code: 'invalid-shape',
        remedy: 'Give at least one token.',
      })
    const previous = t > 0 ? response[t - 1] : prompt[prompt.length - 1]
    return [
      this.#known(previous) * this.vocabularySize,
      ...Array.from(prompt, (token) => this.#row(token, t)),
    ]
  }

  #row(token: number, at: number): number {
    const place = this.#known(token) * this.#positions + Math.min(at, this.#positions - 1)
    return (this.vocabularySize + place) * this.vocabularySize
  }

  #placeOf(bias: Bias): number {
    const row =
      'prompt' in bias
        ? this.#row(bias.prompt, bias.at)
        : this.#known(bias.previous) * this.vocabularySize
    if ('prompt' in bias && !(bias.at >= 0 && bias.at < this.#positions))
      throw new IcrlError(`table policy: a bias at position ${bias.at}.`, {
        code: 'invalid-option',
        remedy: `It tells ${this.#positions} positions apart, from 0: raise \`positions\`.`,
      })
    return row + this.#known(bias.token)
  }

  #known(token: number): number {
    if (Number.isInteger(token) && token >= 0 && token < this.vocabularySize) return token
    throw new IcrlError(`table policy: token ${token} is not in the vocabulary.`, {
      code: 'vocabulary-mismatch',
      remedy: `It knows ids 0 to ${this.vocabularySize - 1}.`,
    })
  }
}

/** The slopes of one item, checked: of its length, finite wherever they are read. */
function fitting(
  slopes: TokenSlopes | undefined,
  { response, mask }: PassItem,
  entropySlopes: boolean,
): TokenSlopes {
  const { logprobs, entropy } = slopes ?? {}
  const isOfLength = [logprobs, entropy ?? logprobs].every(
    (values) => values?.length === response.length,
  )
  if (!slopes || !isOfLength || (entropy && !entropySlopes))
    throw new IcrlError('table policy: the slopes do not fit the item.', {
      code: 'invalid-shape',
      remedy: 'Return one slope per token, by entropy only where that was announced.',
    })
  const isRead = (t: number): boolean => !mask || mask[t] !== 0
  for (const values of [slopes.logprobs, entropy])
    if (values?.some((value, t) => isRead(t) && !Number.isFinite(value)))
      throw new IcrlError('table policy: a slope is not finite.', {
        code: 'non-finite',
        remedy: 'Look at the objective.',
      })
  return slopes
}

function entropyOf(logs: Float64Array): number {
  return -logs.reduce((sum, log) => sum + Math.exp(log) * log, 0)
}

function pick(logs: Float64Array, uniform: number): number {
  let below = 0
  for (let v = 0; v < logs.length; v++) {
    below += Math.exp(logs[v])
    if (uniform < below) return v
  }
  return logs.length - 1
}

function count(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new IcrlError(`table policy: ${name} is ${value}.`, {
      code: 'invalid-option',
      remedy: 'Use an integer of 1 or more.',
    })
}

interface SavedTable {
  readonly changes: number
  readonly table: readonly number[]
  readonly optimizer?: {
    readonly steps: number
    readonly moments: readonly [readonly number[], readonly number[]]
  }
}

function savedTable(path: string, text: string, length: number): SavedTable {
  let saved: Partial<SavedTable> | null
  try {
    saved = JSON.parse(text)
  } catch (cause) {
    throw corrupt(`${path} is not JSON.`, cause)
  }
  const { changes, table, optimizer } = saved ?? {}
  const isTable = (values: unknown): boolean =>
    Array.isArray(values) &&
    values.length === length &&
    values.every((value) => typeof value === 'number')
  const hasOptimizer =
    optimizer === undefined ||
    (Number.isSafeInteger(optimizer.steps) &&
      optimizer.moments.length === 2 &&
      optimizer.moments.every(isTable))
  if (!Number.isSafeInteger(changes) || !isTable(table) || !hasOptimizer)
    throw corrupt(`${path} is not a table of ${length} numbers.`)
  return saved as SavedTable
}

function corrupt(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`table policy: ${what}`, {
    code: 'corrupt-file',
    remedy: 'Load what a policy of the same sizes has saved.',
    cause,
  })
}
