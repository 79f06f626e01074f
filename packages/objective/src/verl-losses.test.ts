import { readFileSync } from 'node:fs'
import type { AggregationItem, Objective } from '@icrl/core'
import { expect, it } from 'vitest'
import { batchOf, keys } from '../test/ragged-batches.ts'
import { sequenceMeanTokenMean } from './aggregate/sequence-mean-token-mean.ts'
import { tokenMean } from './aggregate/token-mean.ts'
import { clipCov, klCov } from './covariance.ts'
import { binaryKl, dppo } from './dppo.ts'
import { gmpo } from './gmpo.ts'
import { sapo } from './sapo.ts'

const stored: Readonly<Record<string, readonly (readonly [number, number])[]>> = JSON.parse(
  readFileSync(new URL('../test/verl-losses.json', import.meta.url), 'utf8'),
)
const COV = { share: 0.2, above: 0.1, below: 0.9 }
const arms: readonly (readonly [string, Objective, typeof tokenMean, { loss: boolean }])[] = [
  ['sapo', sapo(), sequenceMeanTokenMean, { loss: true }],
  // Their code multiplies a detached ratio by log π: the gradient is the loss's, the value is not.
  ['dppo_tv', dppo({ boundLow: 0.04, boundHigh: 0.06, maxRatio: 1.5 }), tokenMean, { loss: false }],
  [
    'dppo_kl',
    dppo({ divergence: binaryKl, boundLow: 0.01, boundHigh: 0.03 }),
    tokenMean,
    { loss: false },
  ],
  ['geo_mean', gmpo({ clipLow: 0.2, clipHigh: 0.3 }), sequenceMeanTokenMean, { loss: true }],
  ['clip_cov', clipCov({ ...COV, clipLow: 0.2, clipHigh: 0.28 }), tokenMean, { loss: true }],
  ['kl_cov', klCov({ share: 0.2, coefficient: 0.7 }), tokenMean, { loss: true }],
]

it.each(arms)('%s is verl’s on 240 ragged batches', (name, objective, aggregation, compares) => {
  expect(stored[name]).toHaveLength(240)
  stored[name].forEach(([loss, slope], i) => {
    const { inputs, probes } = batchOf(i + 1)
    const items = inputs.map(({ mask }): AggregationItem => ({ mask, keys }))
    const coefficients = aggregation()(items)
    const batch = inputs.map((input, row) => ({ ...input, coefficients: coefficients[row] }))
    const results = objective.wholeBatch
      ? objective.evaluate(batch)
      : batch.flatMap((input) => objective.evaluate([input]))
    const own = results.reduce((sum, { value }) => sum + value, 0)
    const projected = results.reduce(
      (sum, { gradient }, row) =>
        sum + gradient.reduce((all, value, t) => all + value * probes[row][t], 0),
      0,
    )
    expect(projected, `batch ${i + 1}: gradient`).toBeCloseTo(slope, 5)
    if (compares.loss) expect(own, `batch ${i + 1}: loss`).toBeCloseTo(loss, 5)
  })
})
