import { describe, expect, it } from 'vitest'
import { textFiles } from '../../test/text-files.ts'
import type { ErrorCode } from '../errors.ts'
import type { PassItem, Policy } from '../policy.ts'
import { randomStream } from '../random.ts'
import { tablePolicy, testPolicy, type Bias, type TextFiles } from './index.ts'

const biases: Bias[] = [
  ...Array.from({ length: 12 }, (_, i) => ({
    prompt: 1 + (i % 3),
    at: i % 4,
    token: (i * 5) % 8,
    value: 0.7 * (i % 4),
  })),
  { previous: 3, token: 5, value: 1.5 },
]

const create = (files?: TextFiles): Policy => tablePolicy({ vocabularySize: 8, biases, files })
const refusal = (code: ErrorCode, message: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('is a policy', () => {
  const files = textFiles()
  let folders = 0
  for (const { name, run } of testPolicy(async () => create(files), {
    vocabularySize: 8,
    directory: async () => `folder-${folders++}`,
  }))
    it(name, run)
})

describe('scores', () => {
  it('are the softmax of its rows, by hand', async () => {
    const policy = tablePolicy({
      vocabularySize: 4,
      biases: [
        { prompt: 2, at: 0, token: 1, value: Math.log(3) },
        { previous: 1, token: 0, value: Math.log(5) },
      ],
    })
    const item = { prompt: Int32Array.of(2), response: Int32Array.of(1, 0), temperature: 1 }
    const [{ logprobs, entropy, selfCertainty }] = await policy.score([item], {
      entropy: true,
      selfCertainty: true,
    })
    expect(Array.from(logprobs, Math.exp)).toEqual([
      expect.closeTo(3 / 6, 6),
      expect.closeTo(5 / 8, 6),
    ])
    expect(entropy![0]).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(6), 6)
    expect(selfCertainty![0]).toBeCloseTo(-Math.log(4) + (Math.log(2) + 3 * Math.log(6)) / 4, 6)
  })

  it('an untaught table is uniform: entropy log V, self-certainty 0', async () => {
    const [{ logprobs, entropy, selfCertainty }] = await tablePolicy({ vocabularySize: 5 }).score(
      [{ prompt: Int32Array.of(0), response: Int32Array.of(3), temperature: 0.5 }],
      { entropy: true, selfCertainty: true },
    )
    expect(logprobs[0]).toBeCloseTo(-Math.log(5), 6)
    expect(entropy![0]).toBeCloseTo(Math.log(5), 6)
    expect(selfCertainty![0]).toBeCloseTo(0, 6)
  })

  it('figures nobody wants are not there', async () => {
    const [scores] = await create().score([
      { prompt: Int32Array.of(1), response: Int32Array.of(1), temperature: 1 },
    ])
    expect(Object.keys(scores)).toEqual(['logprobs'])
  })
})

it('has the exact gradient, by log-probability and by entropy', async () => {
  const item: PassItem = {
    prompt: Int32Array.of(1, 2),
    response: Int32Array.of(3, 5, 0),
    mask: Uint8Array.of(1, 1, 0),
    temperature: 0.8,
  }
  const [a, b] = [Float32Array.of(0.5, -1.25, Number.NaN), Float32Array.of(0.75, 0.25, 0)]
  const loss = async (extra: Bias): Promise<number> => {
    const policy = tablePolicy({ vocabularySize: 8, biases: [...biases, extra] })
    const [{ logprobs, entropy }] = await policy.score([item], { entropy: true })
    return [0, 1].reduce((sum, t) => sum + a[t] * logprobs[t] + b[t] * entropy![t], 0)
  }
  const features: Bias[] = [
    { prompt: 1, at: 0, token: 3, value: 0 },
    { prompt: 2, at: 1, token: 5, value: 0 },
    { previous: 3, token: 2, value: 0 },
    { previous: 2, token: 3, value: 0 },
  ]
  const slopes = await Promise.all(
    features.map(async (feature) => {
      const [up, down] = await Promise.all(
        [0.05, -0.05].map((value) => loss({ ...feature, value })),
      )
      return (up - down) / 0.1
    }),
  )
  const policy = create()
  const answered = await policy.accumulate([item], () => [{ logprobs: a, entropy: b }], {
    entropy: true,
    entropySlopes: true,
  })
  expect(answered).toEqual(await policy.score([item], { entropy: true }))
  const alone = await Promise.all(features.map((feature) => slopeOf(item, a, b, feature)))
  slopes.forEach((slope, i) => expect(alone[i]).toBeCloseTo(slope, 3))
})

/** The slope of one table entry, from Adam's first moment after one step: (1 − β_1) · slope. */
async function slopeOf(
  item: PassItem,
  logprobs: Float32Array,
  entropy: Float32Array,
  feature: Bias,
): Promise<number> {
  const files = textFiles()
  const policy = create(files)
  await policy.accumulate([item], () => [{ logprobs, entropy }], { entropySlopes: true })
  await policy.step({ learningRate: 0 })
  await policy.save('x')
  const { optimizer } = JSON.parse(await files.read('x/table.json')) as {
    optimizer: { moments: [number[], number[]] }
  }
  const row = 'prompt' in feature ? 8 + feature.prompt * 4 + feature.at : feature.previous
  return optimizer.moments[0][row * 8 + feature.token] / 0.1
}

describe('restore', () => {
  it('takes a snapshot of another table of the same sizes', async () => {
    const [taught, fresh] = [create(), tablePolicy({ vocabularySize: 8 })]
    const item = { prompt: Int32Array.of(1), response: Int32Array.of(4), temperature: 1 }
    await fresh.restore!(await taught.snapshot())
    expect(await fresh.score([item])).toEqual(await taught.score([item]))
  })

  it('refuses snapshots of others', async () => {
    const policy = create()
    const other = await tablePolicy({ vocabularySize: 9 }).snapshot()
    await expect(policy.restore!(other)).rejects.toThrowError(refusal('invalid-shape', '9 tokens'))
    await expect(policy.restore!({ ...other })).rejects.toThrowError(
      refusal('unsupported', 'not of a table policy'),
    )
  })
})

describe('save and load', () => {
  it('without the optimizer, a loaded policy begins afresh', async () => {
    const files = textFiles()
    const policy = create(files)
    const item = { prompt: Int32Array.of(1), response: Int32Array.of(4), temperature: 1 }
    const learn = async (one: Policy): Promise<void> => {
      await one.accumulate([item], () => [{ logprobs: Float32Array.of(-1) }])
      await one.step({ learningRate: 0.1 })
    }
    await learn(policy)
    await policy.save('weights', { optimizer: false })
    const { optimizer } = JSON.parse(await files.read('weights/table.json'))
    expect(optimizer).toBeUndefined()
    const [loaded, restored] = [create(files), create()]
    await loaded.load('weights')
    await restored.restore!(await policy.snapshot())
    for (const one of [loaded, restored]) await learn(one)
    expect(await loaded.score([item])).toEqual(await restored.score([item]))
  })

  it.each([
    ['not JSON', '{"changes":'],
    ['null', 'null'],
    ['another size', '{"changes":1,"table":[1,2]}'],
  ])('refuses a file that is %s', async (_, text) => {
    const policy = create({ ...textFiles(), read: async () => text })
    await expect(policy.load('x')).rejects.toThrowError(refusal('corrupt-file', 'x/table.json'))
  })

  it('says so where there are no files', async () => {
    expect(create().capabilities.has('save')).toBe(false)
    await expect(create().save('x')).rejects.toThrowError(refusal('unsupported', 'no files'))
  })
})

describe('refuses', () => {
  const request = {
    prompt: Int32Array.of(1),
    maxTokens: 1,
    temperature: 1,
    stop: [],
    draws: randomStream(0),
  }

  it.each([
    ['vocabulary-mismatch', 'token 8', { prompt: Int32Array.of(8) }],
    ['invalid-shape', 'the prompt is empty', { prompt: new Int32Array(0) }],
    ['unsupported', 'topP 0.9', { topP: 0.9 }],
    ['unsupported', 'topK 5', { topK: 5 }],
  ] as const)('%s: %s', async (code, message, more) => {
    await expect(create().sample({ ...request, ...more })).rejects.toThrowError(
      refusal(code, message),
    )
  })

  it('a response outside the vocabulary', async () => {
    await expect(
      create().score([{ prompt: Int32Array.of(1), response: Int32Array.of(-1), temperature: 1 }]),
    ).rejects.toThrowError(refusal('vocabulary-mismatch', 'token -1'))
  })

  it.each([
    ['vocabularySize is 0', { vocabularySize: 0 }],
    ['positions is 1.5', { vocabularySize: 8, positions: 1.5 }],
    [
      'a bias at position 4',
      { vocabularySize: 8, biases: [{ prompt: 0, at: 4, token: 0, value: 1 }] },
    ],
  ])('%s', (message, options) => {
    expect(() => tablePolicy(options)).toThrowError(refusal('invalid-option', message))
  })
})
