import { createHash } from 'node:crypto'
import type { PassItem, Snapshot, TokenScores } from '@icrl/core'
import type { AdamParams, LoraJson } from '../tinker/protocol/messages.ts'
import type { PassResult } from '../tinker/protocol/pass.ts'
import { vector } from '../tinker/protocol/tensor.ts'
import type { CheckedDatum } from './checked-data.ts'
import { itemsOf, logprobsOf, type PlacedItem } from './pass-items.ts'
import { RequestError } from './request-error.ts'
import type { ServedPolicy } from './served-policy.ts'
import type { LossFunction, TokenLoss } from './token-losses.ts'

/** What a model was made with. */
export interface ModelRecord {
  readonly id: string
  readonly sessionId: string
  readonly lora: LoraJson
}

/** A pass whose request was checked. */
export interface CheckedPass {
  readonly data: readonly CheckedDatum[]
  readonly loss: LossFunction
  readonly forwardOnly: boolean
}

/** A call that was counted: a repeated one gets the same ticket. */
interface CountedCall {
  readonly digest: string
  readonly requestId: string
}

/** How many of the last calls are remembered, to recognize one that is sent again. */
const REMEMBERED = 1000

/** What is learned from where there is nothing to learn. */
const NOTHING: PassItem = {
  prompt: Int32Array.of(0),
  response: Int32Array.of(0),
  temperature: 1,
  scoreOnly: true,
}

/** A model of one client: what it is asked runs one after the other, in the order of the requests. */
export class TrainedModel implements AsyncDisposable {
  readonly record: ModelRecord
  readonly #policy: ServedPolicy
  readonly #calls = new Map<number, CountedCall>()
  #queue: Promise<unknown> = Promise.resolve()
  #hasGradient = false
  /** Why the gradient of the step under way is not whole: the policy dropped what it had. */
  #spoiled: string | undefined

  constructor(record: ModelRecord, policy: ServedPolicy) {
    this.record = record
    this.#policy = policy
  }

  /**
   * Answers a call that was sent before with its first ticket, so that nothing trains twice.
   *
   * @param submit begins the call, and gives its ticket
   * @throws RequestError 400 for another call of the same number
   */
  once(
    seqId: number | null | undefined,
    content: string | Uint8Array,
    submit: () => string,
  ): string {
    if (seqId === undefined || seqId === null) return submit()
    const digest = createHash('sha256').update(content).digest('hex')
    const known = this.#calls.get(seqId)
    if (known?.digest === digest) return known.requestId
    if (known !== undefined)
      throw new RequestError(400, `seq_id ${seqId}: another call of this model had it.`)
    const requestId = submit()
    this.#calls.set(seqId, { digest, requestId })
    const [oldest] = this.#calls.keys()
    if (this.#calls.size > REMEMBERED) this.#calls.delete(oldest)
    return requestId
  }

  /** A forward pass and, unless it is forward only, the gradient, which is added up. */
  pass(pass: CheckedPass): Promise<PassResult> {
    const items = itemsOf(pass.data)
    return this.#inOrder(async () => {
      // Half a batch is not trained on.
      if (this.#spoiled !== undefined && !pass.forwardOnly)
        throw new RequestError(400, `A pass of the same step failed before: ${this.#spoiled}`)
      const scores = pass.forwardOnly
        ? await this.#policy.score(items.map(({ item }) => item))
        : await this.#accumulate(pass, items)
      return resultOf(pass, logprobsOf(pass.data, items, scores))
    })
  }

  async #accumulate(
    { data, loss }: CheckedPass,
    items: readonly PlacedItem[],
  ): Promise<TokenScores[]> {
    try {
      const scores = await this.#policy.accumulate(
        items.map(({ item }) => item),
        (indices, scores) =>
          indices.map((index, i) => {
            const { datum, from } = items[index]
            const { inputs } = data[datum]
            return {
              logprobs: scores[i].logprobs.map((x, t) => loss(x, inputs, from + t).slope),
            }
          }),
      )
      this.#hasGradient = true
      return scores
    } catch (error) {
      this.#hasGradient = false
      this.#spoiled = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  /** One AdamW step by what was added up. */
  step(params: AdamParams): Promise<Readonly<Record<string, number>>> {
    const { learning_rate: learningRate = 1e-4, grad_clip_norm: clipNorm = 0 } = params
    const {
      beta1 = 0.9,
      beta2 = 0.95,
      eps: epsilon = 1e-12,
      weight_decay: weightDecay = 0,
    } = params
    return this.#inOrder(async () => {
      const spoiled = this.#spoiled
      this.#spoiled = undefined
      if (spoiled !== undefined)
        throw new RequestError(400, `No step was made: a pass before it failed. ${spoiled}`)
      // Without a gradient a step goes on by its momentum.
      if (!this.#hasGradient)
        await this.#policy.accumulate([NOTHING], () => [{ logprobs: new Float32Array(1) }])
      this.#hasGradient = false
      const { gradientNorm } = await this.#policy.step({
        learningRate,
        ...(clipNorm > 0 && { clipNorm }),
        rates: { beta1, beta2, epsilon, weightDecay },
      })
      return {
        learning_rate: learningRate,
        ...(gradientNorm !== undefined && { grad_norm: gradientNorm }),
      }
    })
  }

  snapshot(): Promise<Snapshot> {
    return this.#inOrder(() => this.#policy.snapshot())
  }

  /** Saves into the folder that `prepare` names once it is its turn. */
  save(prepare: () => Promise<string>, optimizer: boolean): Promise<void> {
    return this.#inOrder(async () => this.#policy.save(await prepare(), { optimizer }))
  }

  /** Replaces the weights by those of a folder, and the optimizer's state or not. */
  load(find: () => Promise<string>, optimizer: boolean): Promise<void> {
    return this.#inOrder(async () => {
      await this.#policy.load(await find())
      this.#hasGradient = false
      this.#spoiled = undefined
      if (optimizer) return
      await using weights = await this.#policy.snapshot()
      await this.#policy.restore(weights)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#inOrder(async () => this.#policy[Symbol.asyncDispose]())
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }
}

function resultOf(
  { data, loss }: Pick<CheckedPass, 'data' | 'loss'>,
  logprobs: readonly Float32Array[],
): PassResult {
  let sum = 0
  const outputs = data.map(({ inputs }, i) => {
    const losses = Array.from(logprobs[i], (x, t): TokenLoss => loss(x, inputs, t))
    for (const { value } of losses) sum += value
    const elementwise = Float32Array.from(losses, ({ value }) => value)
    if (![...elementwise, ...logprobs[i]].every(Number.isFinite))
      throw new RequestError(400, `data[${i}]: its loss is not finite.`)
    return { logprobs: vector(logprobs[i]), elementwise_loss: vector(elementwise) }
  })
  return { outputType: 'scalar', outputs, metrics: { 'loss:sum': sum } }
}
