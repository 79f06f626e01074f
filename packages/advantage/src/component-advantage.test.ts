import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { makeSample } from '../test/make-sample.ts'
import { meanStd } from './baselines/mean-std.ts'
import { batchWhitening } from './batch-whitening.ts'
import { componentAdvantage } from './component-advantage.ts'
import { groupBy } from './group-by.ts'

const sample = (
  task: string,
  session: number,
  rewards: Readonly<Record<string, number>>,
  length = 1,
): ReturnType<typeof makeSample> =>
  makeSample({ keys: { task, session }, length, fields: { rewards, id: `${task}/${session}` } })
const rule = (
  components: Readonly<Record<string, number>>,
): ReturnType<typeof componentAdvantage> =>
  componentAdvantage({ by: groupBy('task'), baseline: meanStd(), components })

describe('componentAdvantage', () => {
  it('a component of small spread counts as much as one of large spread', () => {
    const group = [
      sample('q', 0, { accuracy: 100, form: 0.1 }),
      sample('q', 1, { accuracy: 0, form: 0 }),
    ]
    expect(rule({ accuracy: 1 })(group)[0]).toBeCloseTo(Math.SQRT1_2, 5)
    expect(rule({ accuracy: 1, form: 1 })(group)[0]).toBeCloseTo(2 * Math.SQRT1_2, 4)
  })

  it('keeps apart what a sum makes equal', () => {
    const group = [
      sample('q', 0, { accuracy: 1, form: 0 }),
      sample('q', 1, { accuracy: 0, form: 1 }),
      sample('q', 2, { accuracy: 0, form: 0 }),
      sample('q', 3, { accuracy: 0, form: 1 }),
    ]
    const [a, b] = rule({ accuracy: 1, form: 1 })(group) as number[]
    expect(a).not.toBeCloseTo(b, 2)
  })

  it('whitened, it is the formula of GDPO on 200 ragged batches', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draws = randomStream(seed, 'gdpo')
      const batch = Array.from({ length: 8 }, (_, i) =>
        sample(
          `q${i % 2}`,
          i,
          { a: Math.round(draws.child('a').uniform(i)), b: draws.child('b').uniform(i) },
          1 + draws.child('length').integer(i, 5),
        ),
      )
      const standardized = batch.map(({ keys }, i) =>
        (['a', 'b'] as const).reduce((sum, name) => {
          const own = batch.filter((other) => other.keys.task === keys.task)
          const values = own.map(({ rewards }) => rewards[name])
          const mean = values.reduce((all, value) => all + value, 0) / values.length
          const deviation = Math.sqrt(
            values.reduce((all, value) => all + (value - mean) ** 2, 0) / (values.length - 1),
          )
          const share = name === 'a' ? 1 : 0.5
          return sum + (share * (batch[i].rewards[name] - mean)) / (deviation + 1e-6)
        }, 0),
      )
      const tokens = batch.flatMap(({ mask }, i) => Array.from(mask, () => standardized[i]))
      const mean = tokens.reduce((all, value) => all + value, 0) / tokens.length
      const variance =
        tokens.reduce((all, value) => all + (value - mean) ** 2, 0) / (tokens.length - 1)
      const found = batchWhitening(rule({ a: 1, b: 0.5 }))(batch)
      found.forEach((value, i) =>
        expect(value).toBeCloseTo((standardized[i] - mean) / Math.sqrt(variance + 1e-8), 5),
      )
    }
  })

  it('names a component that is missing', () =>
    expect(() => rule({ style: 1 })([sample('q', 0, { accuracy: 1 })])).toThrow(/q\/0.*"style"/))
})
