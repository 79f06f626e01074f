import { IcrlError, type ScoreItem, type TokenSlopes } from '@icrl/core'
import type { Datum } from '../protocol/pass.ts'
import { vector } from '../protocol/tensor.ts'
import type { TinkerCapabilities } from './capabilities.ts'

/** One item's part of the gradient, until the step: N of a step is known only then. */
export interface PendingItem {
  readonly item: ScoreItem
  /** `[T]` log-probabilities that the slopes were computed from. */
  readonly logprobs: Float32Array
  /** `[T]` ∂L/∂logprob, 0 where masked. */
  readonly slopes: Float32Array
}

/** The datum that scores an item: entry i of its arrays is about id i + 1. */
export function scoringDatum({ prompt, response }: ScoreItem): Datum {
  const ids = new Int32Array(prompt.length + response.length)
  ids.set(prompt)
  ids.set(response, prompt.length)
  return { tokens: ids.slice(0, -1), inputs: { target_tokens: vector(ids.slice(1)) } }
}

/** Of the arrays of an item's datum, the entries about its response, 0 where it is masked. */
export function ofResponse({ prompt, mask }: ScoreItem, values: Float32Array): Float32Array {
  const own = values.slice(prompt.length - 1)
  return mask ? own.map((value, t) => (mask[t] ? value : 0)) : own
}

/**
 * Exact per-token gradients of any loss L on any server, by importance sampling: its loss per token
 * is −exp(x − q) A, whose derivative by x at q = x is −A. With x the log-probabilities that a forward
 * pass gave and
 *
 *     A_t = −∂L/∂x_t · scale,    scale = 1 (`sum`),   T_i N (`datum-mean`)
 *
 * the server's gradient is L's: it divides that of datum i by its number of targets T_i, and the sum
 * by the number of datums N. No weights are sent, so that T_i counts all targets.
 *
 * @param factor multiplies the gradient: how it is clipped
 * @throws IcrlError `non-finite` if float32 cannot hold A
 */
export function surrogateData(
  items: readonly PendingItem[],
  reduction: TinkerCapabilities['reduction'],
  factor = 1,
): Datum[] {
  return items.map(({ item, logprobs, slopes }, i) => {
    const { tokens, inputs } = scoringDatum(item)
    const scale = (reduction === 'sum' ? 1 : tokens.length * items.length) * factor
    const start = item.prompt.length - 1
    const padded = (values: Float32Array): Float32Array => {
      const whole = new Float32Array(tokens.length)
      whole.set(values, start)
      return whole
    }
    const advantages = padded(slopes.map((slope) => -slope * scale))
    if (!advantages.every(Number.isFinite)) throw tooLarge(i)
    return {
      tokens,
      inputs: {
        ...inputs,
        logprobs: vector(padded(logprobs)),
        advantages: vector(advantages),
      },
    }
  })
}

/** A datum without a gradient: a step of nothing else moves by momentum alone. */
export function emptyDatum({ tokens, inputs }: Datum): Datum {
  const zeros = vector(new Float32Array(tokens.length))
  return { tokens, inputs: { ...inputs, logprobs: zeros, advantages: zeros } }
}

function tooLarge(item: number): IcrlError {
  return new IcrlError(`step: the gradient of item ${item} is too large for float32.`, {
    code: 'non-finite',
    remedy: 'No weight was changed. Look at the objective.',
  })
}

/**
 * The slopes of items, checked, and 0 where an item is masked.
 *
 * @throws IcrlError `invalid-shape`, `non-finite`, `invalid-option` for slopes by entropy
 */
export function checkSlopes(
  items: readonly ScoreItem[],
  answers: readonly TokenSlopes[],
): Float32Array[] {
  if (answers.length !== items.length)
    throw new IcrlError(
      `accumulate: the slopes of ${items.length} items have ${answers.length} entries.`,
      { code: 'invalid-shape', remedy: 'Return one entry per index, in their order.' },
    )
  return answers.map(({ logprobs, entropy }, i) => {
    const { response, mask } = items[i]
    if (entropy !== undefined)
      throw new IcrlError(`accumulate: item ${i} has slopes by entropy.`, {
        code: 'invalid-option',
        remedy: 'A Tinker server gives none: leave them out.',
      })
    if (logprobs.length !== response.length)
      throw new IcrlError(
        `accumulate: the slopes of item ${i} have ${logprobs.length} entries for ${response.length} tokens.`,
        { code: 'invalid-shape', remedy: 'Return one slope per token of the response.' },
      )
    const read = mask ? logprobs.map((slope, t) => (mask[t] ? slope : 0)) : logprobs.slice()
    const wrong = read.findIndex((slope) => !Number.isFinite(slope))
    if (wrong < 0) return read
    throw new IcrlError(`accumulate: the slope of item ${i} at token ${wrong} is ${read[wrong]}.`, {
      code: 'non-finite',
      remedy:
        'No weight was changed and the accumulated gradient was dropped. Look at this sample, and at the learning rate.',
    })
  })
}
