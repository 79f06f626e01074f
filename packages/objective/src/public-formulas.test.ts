import type { Aggregation, Objective, ObjectiveInput } from '@icrl/core'
import { expect, it } from 'vitest'
import { batchOf, keys } from '../test/ragged-batches.ts'
import { constantNormalizer } from './aggregate/constant-normalizer.ts'
import { sequenceMeanTokenMean } from './aggregate/sequence-mean-token-mean.ts'
import { sequenceMeanTokenSum } from './aggregate/sequence-mean-token-sum.ts'
import { tokenMean } from './aggregate/token-mean.ts'
import { byToken } from './by-token.ts'
import { cispo } from './cispo.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { pairwise } from './pairwise.ts'
import { topEntropy } from './top-entropy.ts'

const BATCHES = Array.from({ length: 200 }, (_, i) => i + 1)
const [LOW, HIGH, DUAL, SHARE, BETA] = [0.2, 0.28, 1.5, 0.4, 0.3]

type Rows = readonly (readonly number[])[]
const summed = (rows: Rows): number => rows.flat().reduce((sum, value) => sum + value, 0)
const masked = (inputs: readonly ObjectiveInput[], of: (row: number, t: number) => number): Rows =>
  inputs.map(({ mask }, row) => Array.from(mask, (one, t) => (one ? of(row, t) : 0)))

/** The aggregations of verl's agg_loss, on the losses of masked tokens. */
const aggregations: Readonly<
  Record<string, readonly [Aggregation, (losses: Rows, masks: Rows) => number]>
> = {
  'token-mean': [tokenMean(), (losses, masks) => summed(losses) / summed(masks)],
  'seq-mean-token-mean': [
    sequenceMeanTokenMean(),
    (losses, masks) =>
      losses.reduce((all, row, i) => all + summed([row]) / summed([masks[i]]), 0) / losses.length,
  ],
  'seq-mean-token-sum': [
    sequenceMeanTokenSum(),
    (losses) => losses.reduce((all, row) => all + summed([row]), 0) / losses.length,
  ],
  'a constant for the length': [
    constantNormalizer({ length: 16 }),
    (losses) => losses.reduce((all, row) => all + summed([row]) / 16, 0) / losses.length,
  ],
}

/** A token's loss as the method's code has it, of the current log-probability. */
type TokenLoss = (given: {
  readonly now: number
  readonly at: number
  readonly old: number
  readonly advantage: number
}) => number

const clipped = (ratio: number): number => Math.min(Math.max(ratio, 1 - LOW), 1 + HIGH)
const losses: Readonly<Record<string, readonly [Objective, TokenLoss]>> = {
  'dual clip': [
    clippedSurrogate({ clipLow: LOW, clipHigh: HIGH, dualClip: DUAL }),
    ({ now, old, advantage }) => {
      const ratio = Math.exp(now - old)
      const one = Math.max(-advantage * ratio, -advantage * clipped(ratio))
      return advantage < 0 ? Math.min(-advantage * DUAL, one) : one
    },
  ],
  // The clipped ratio is detached: it is that of `at`, whatever `now` is.
  cispo: [
    cispo({ clipLow: LOW, clipHigh: HIGH }),
    ({ now, at, old, advantage }) => -clipped(Math.exp(at - old)) * advantage * now,
  ],
}

/** The gradient along the batch's probes, by central differences of a loss of the log-probabilities. */
function slopeOf(
  inputs: readonly ObjectiveInput[],
  probes: Rows,
  loss: (logprobs: Rows) => number,
): number {
  const shifted = (by: number): Rows =>
    inputs.map(({ logprobs }, row) =>
      Array.from(logprobs, (value, t) => value + by * probes[row][t]),
    )
  return (loss(shifted(1e-6)) - loss(shifted(-1e-6))) / 2e-6
}

/** What the objective gives along the same probes. */
function ownSlope(objective: Objective, inputs: readonly ObjectiveInput[], probes: Rows): number {
  const results = objective.wholeBatch
    ? objective.evaluate(inputs)
    : inputs.flatMap((input) => objective.evaluate([input]))
  return summed(
    results.map(({ gradient }, row) => Array.from(gradient, (value, t) => value * probes[row][t])),
  )
}

const withCoefficients = (
  inputs: readonly ObjectiveInput[],
  aggregation: Aggregation,
): ObjectiveInput[] => {
  const coefficients = aggregation(inputs.map(({ mask }) => ({ mask, keys })))
  return inputs.map((input, row) => ({ ...input, coefficients: coefficients[row] }))
}
const masksOf = (inputs: readonly ObjectiveInput[]): Rows => masked(inputs, () => 1)
const tokenLosses = (inputs: readonly ObjectiveInput[], logprobs: Rows, loss: TokenLoss): Rows =>
  masked(inputs, (row, t) => {
    const { oldLogprobs, advantages, logprobs: at } = inputs[row]
    const given = { now: logprobs[row][t], at: at[t], old: oldLogprobs![t] }
    return loss({ ...given, advantage: advantages[t] })
  })

const cases = Object.entries(losses).flatMap(([name, [objective, loss]]) =>
  Object.entries(aggregations).map(
    ([how, [aggregation, total]]) => [name, how, objective, loss, aggregation, total] as const,
  ),
)

it.each(cases)(
  '%s, %s: the gradient of the public formula on 200 ragged batches',
  (_, __, objective, loss, aggregation, total) => {
    for (const seed of BATCHES) {
      const { inputs: raw, probes } = batchOf(seed)
      const inputs = withCoefficients(raw, aggregation)
      const public_ = slopeOf(inputs, probes, (logprobs) =>
        total(tokenLosses(inputs, logprobs, loss), masksOf(inputs)),
      )
      expect(ownSlope(objective, inputs, probes), `batch ${seed}`).toBeCloseTo(public_, 4)
    }
  },
)

it('top-entropy tokens: those from the quantile on, on 200 ragged batches', () => {
  const objective = byToken({
    choice: topEntropy({ share: SHARE }),
    chosen: clippedSurrogate({ clipLow: LOW, clipHigh: HIGH, dualClip: DUAL }),
  })
  for (const seed of BATCHES) {
    const { inputs: raw, probes } = batchOf(seed)
    const entropies = probes.map((row) => row.map((value) => (7 * value) % 1))
    const inputs = withCoefficients(raw, tokenMean()).map((input, row) => ({
      ...input,
      entropy: Float64Array.from(entropies[row]),
    }))
    const kept = masked(inputs, (row, t) => entropies[row][t])
    const trained = inputs
      .flatMap(({ mask }, row) => entropies[row].filter((_, t) => mask[t]))
      .sort((a, b) => a - b)
    const place = (1 - SHARE) * (trained.length - 1)
    const [low, high] = [trained[Math.floor(place)], trained[Math.ceil(place)]]
    const least = low + (place - Math.floor(place)) * (high - low)
    const public_ = slopeOf(inputs, probes, (logprobs) => {
      const all = tokenLosses(inputs, logprobs, losses['dual clip'][1])
      const chosen = all.map((row, i) => row.map((value, t) => (kept[i][t] >= least ? value : 0)))
      return summed(chosen) / summed(masksOf(inputs))
    })
    expect(ownSlope(objective, inputs, probes), `batch ${seed}`).toBeCloseTo(public_, 4)
  }
})

it('dpo: −log σ(β(log-ratio of the preferred less that of the other)), on 200 ragged pairs', () => {
  const objective = pairwise({ beta: BETA })
  for (const seed of BATCHES) {
    const { inputs: rows, probes } = batchOf(seed)
    const pair = rows.slice(0, 2).map((input, i) => ({
      ...input,
      referenceLogprobs: input.oldLogprobs,
      keys: { ...keys, session: i, pair: 0, preferred: 1 - i },
    }))
    const inputs = withCoefficients(pair, sequenceMeanTokenMean())
    const public_ = slopeOf(inputs, probes, (logprobs) => {
      const [chosen, rejected] = masked(
        inputs,
        (row, t) => logprobs[row][t] - inputs[row].referenceLogprobs![t],
      ).map((row) => summed([row]))
      return Math.log1p(Math.exp(-BETA * (chosen - rejected)))
    })
    const results = objective.evaluate(inputs)
    const own = summed(
      results.map(({ gradient }, row) =>
        Array.from(gradient, (value, t) => value * probes[row][t]),
      ),
    )
    expect(own, `pair ${seed}`).toBeCloseTo(public_, 4)
  }
})
