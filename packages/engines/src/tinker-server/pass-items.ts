import type { PassItem, TokenScores } from '@icrl/core'
import type { CheckedDatum } from './checked-data.ts'

/** A part of a datum as a policy takes it. */
export interface PlacedItem {
  readonly item: PassItem
  /** Index of the datum. */
  readonly datum: number
  /** Which target the first token of the response is. */
  readonly from: number
}

/**
 * The items that score every target of every datum. Targets that are the tokens shifted by one, as
 * they mostly are, take one item per datum; a target of another id takes one of its own, which shares
 * its prefix.
 */
export function itemsOf(data: readonly CheckedDatum[]): PlacedItem[] {
  return data.flatMap(({ tokens, targets }, datum) => {
    const size = tokens.length
    const response = Int32Array.from(targets, (target, t) =>
      t + 1 < size ? tokens[t + 1] : target,
    )
    const mask = Uint8Array.from(response, (id, t) => (id === targets[t] ? 1 : 0))
    const whole: PlacedItem = {
      item: { prompt: tokens.subarray(0, 1), response, mask, temperature: 1 },
      datum,
      from: 0,
    }
    const others = [...targets.keys()].filter((t) => mask[t] === 0)
    return [
      whole,
      ...others.map((t): PlacedItem => ({
        item: {
          prompt: tokens.subarray(0, t + 1),
          response: targets.subarray(t, t + 1),
          temperature: 1,
        },
        datum,
        from: t,
      })),
    ]
  })
}

/** Log-probabilities of the targets of each datum, `[T]`, out of the scores of their items. */
export function logprobsOf(
  data: readonly CheckedDatum[],
  items: readonly PlacedItem[],
  scores: readonly TokenScores[],
): Float32Array[] {
  const logprobs = data.map(({ tokens }) => new Float32Array(tokens.length))
  items.forEach(({ item: { mask }, datum, from }, i) =>
    scores[i].logprobs.forEach((logprob, t) => {
      if (mask?.[t] !== 0) logprobs[datum][from + t] = logprob
    }),
  )
  return logprobs
}
