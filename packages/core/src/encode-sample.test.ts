import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSample, encodeSample } from './encode-sample.ts'
import { isIcrlError } from './errors.ts'
import { compareSamples, isRebound, type Sample } from './sample.ts'

const sample: Sample = {
  id: 'q1/0/solver/2/0',
  parents: ['q1/0/critic/1/0'],
  keys: { task: 'q1', role: 'solver', session: 0, round: 2, branch: 0 },
  sampledUnder: Int32Array.of(1, 2, 3),
  trainedUnder: Int32Array.of(1, 3),
  response: Int32Array.of(7, 8),
  mask: Uint8Array.of(1, 0),
  behaviorLogprobs: Float32Array.of(-0.1, 0),
  oldLogprobs: Float32Array.of(-0.3, 0),
  rewards: { outcome: 1 },
  reward: 1,
  advantages: Float32Array.of(0.5, 0.5),
  weights: Float32Array.of(0.8, 1),
  policy: 'shared',
  version: '3',
  temperature: 1,
  finish: 'stop',
  valid: true,
}

const arbitrary: fc.Arbitrary<Sample> = fc.nat(6).chain((length) => {
  const floats = fc
    .array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
      minLength: length,
      maxLength: length,
    })
    .map((values) => Float32Array.from(values, (value) => (value === 0 ? 0 : value)))
  const ids = fc.array(fc.nat(1000), { maxLength: 5 }).map((values) => Int32Array.from(values))
  return fc.record({
    id: fc.string(),
    parents: fc.array(fc.string(), { maxLength: 2 }),
    keys: fc.constant({ ...sample.keys, anchor: 'x' }),
    sampledUnder: ids,
    trainedUnder: ids,
    response: fc
      .array(fc.nat(1000), { minLength: length, maxLength: length })
      .map((values) => Int32Array.from(values)),
    mask: fc
      .array(fc.nat(1), { minLength: length, maxLength: length })
      .map((values) => Uint8Array.from(values)),
    behaviorLogprobs: floats,
    advantages: floats,
    weights: floats,
    trainLogprobs: floats,
    rewards: fc.constant({ outcome: 0.25 }),
    reward: fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => (value === 0 ? 0 : value)),
    policy: fc.string(),
    version: fc.string(),
    temperature: fc.constant(0.7),
    finish: fc.constant('length' as const),
    valid: fc.boolean(),
  })
})

describe('encodeSample and decodeSample', () => {
  it('carry every field, bit for bit', () => {
    fc.assert(
      fc.property(arbitrary, (original) => {
        const line = encodeSample(original)
        expect(line).not.toContain('\n')
        expect(decodeSample(line)).toEqual(original)
      }),
    )
  })

  it('keeps one array for both prompts where they were one', () => {
    const same = { ...sample, trainedUnder: sample.sampledUnder }
    const decoded = decodeSample(encodeSample(same))
    expect(decoded.trainedUnder).toBe(decoded.sampledUnder)
    expect(isRebound(decoded)).toBe(false)
    expect(isRebound(decodeSample(encodeSample(sample)))).toBe(true)
  })

  it('keeps the rewards of single steps and whether the attempt succeeded', () => {
    const rewarded = { ...sample, success: true, tokenRewards: Float32Array.of(0.1, 0.7) }
    const decoded = decodeSample(encodeSample(rewarded))
    expect(decoded).toEqual(rewarded)
    expect(decoded.tokenRewards).toBeInstanceOf(Float32Array)
    expect(() => decodeSample(encodeSample(rewarded).replace('[0.1', '[0.5,0.1'))).toThrow(
      /"tokenRewards" has 3 values for 2/,
    )
  })

  it('reads samples that run format 1 wrote', () => {
    const line = encodeSample(sample).replace('behaviorLogprobs', 'behaviourLogprobs')
    expect(decodeSample(line)).toEqual(sample)
  })

  it.each([
    ['weights[1] is NaN', { weights: Float32Array.of(1, Number.NaN) }],
    ['behaviorLogprobs[0] is -Infinity', { behaviorLogprobs: Float32Array.of(-Infinity, 0) }],
    ['reward is Infinity', { reward: Infinity }],
    ['rewards.outcome is NaN', { rewards: { outcome: Number.NaN } }],
    ['keys.anchor is NaN', { keys: { ...sample.keys, anchor: Number.NaN } }],
  ])('refuses a value JSON cannot hold, naming the sample and its place: %s', (place, fields) => {
    expect(() => encodeSample({ ...sample, ...fields })).toThrowError(
      expect.objectContaining({
        code: 'non-finite',
        message: expect.stringContaining(`sample q1/0/solver/2/0: ${place}.`),
      }),
    )
  })

  it('stores a text that says null', () => {
    const line = encodeSample({ ...sample, id: 'null' })
    expect(decodeSample(line)).toEqual({ ...sample, id: 'null' })
  })

  it.each([
    ['a torn line', encodeSample(sample).slice(0, 40), /not JSON/],
    ['another value', '[1]', /not an object/],
    ['a missing field', JSON.stringify({ id: 'x' }), /no field "parents"/],
    [
      'an array of text',
      encodeSample(sample).replace('"response":[7,8]', '"response":["7","8"]'),
      /"response" is not an array of numbers/,
    ],
    [
      'arrays of other lengths',
      encodeSample(sample).replace('"mask":[1,0]', '"mask":[1]'),
      /"mask" has 1 values for 2/,
    ],
  ])('refuses %s', (_, line, reason) => {
    try {
      decodeSample(line)
      expect.unreachable()
    } catch (error) {
      expect(isIcrlError(error, 'corrupt-file')).toBe(true)
      expect((error as Error).message).toMatch(reason)
    }
  })
})

describe('compareSamples', () => {
  it('orders by task, session, round, role, branch, whatever the order they came in', () => {
    const keys = [
      { task: 'a', role: 'solver', session: 0, round: 1, branch: 0 },
      { task: 'a', role: 'critic', session: 1, round: 1, branch: 0 },
      { task: 'a', role: 'solver', session: 1, round: 1, branch: 0 },
      { task: 'a', role: 'solver', session: 1, round: 1, branch: 1 },
      { task: 'a', role: 'solver', session: 1, round: 2, branch: 0 },
      { task: 'b', role: 'solver', session: 0, round: 1, branch: 0 },
    ]
    const ordered = keys.map((key, i) => ({ ...sample, id: `${i}`, keys: key }))
    fc.assert(
      fc.property(fc.shuffledSubarray(ordered, { minLength: 6 }), (mixed) => {
        expect([...mixed].sort(compareSamples).map(({ id }) => id)).toEqual([
          '0',
          '1',
          '2',
          '3',
          '4',
          '5',
        ])
      }),
    )
  })
})
