import '@tensorflow/tfjs-backend-cpu'
import { add, gather, matMul, memory, setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import type { BlockWeights } from './block-weights.ts'
import type { LinearLayer } from './linear.ts'
import { emptyCaches } from '../test/paged-caches.ts'
import { type BlockCaches, joinTables } from './cache-pages.ts'
import {
  type DecodedTokens,
  type DecodeModel,
  type DecodeSequences,
  decodeTokens,
} from './decode-tokens.ts'
import { packedAttention } from './packed-attention.ts'
import { packedLayout } from './packed-layout.ts'
import { weightPanels } from './weight-panels.ts'
import { rmsNorm } from './rms-norm.ts'
import { rotary } from './rotary.ts'
import { fromBf16, toBf16 } from './bf16-matrix.ts'
import { swiglu } from './swiglu.ts'
import { tokenLogProbability } from './token-log-probability.ts'

const [width, feedForward, vocabulary] = [8, 10, 12]
const shape = {
  heads: 2,
  keyValueHeads: 1,
  headDim: 4,
  scale: 0.5,
  epsilon: 1e-6,
  inverseFrequencies: Float32Array.of(1, 0.1),
}

let model: DecodeModel
const layer = (seed: number, out: number, into: number): { weight: Tensor2D } => ({
  weight: matrix(seededValues(seed, out * into), out),
})
const caches = (): BlockCaches[] => [0, 1].map(() => emptyCaches(3, shape))
const sequences = (steps: number, changed: Partial<DecodeSequences> = {}): DecodeSequences => ({
  ...joinTables([[2], [0]]),
  lengths: Int32Array.of(0, 0),
  newest: Int32Array.of(3, 7),
  limits: Int32Array.of(steps, steps),
  stops: [[], []],
  temperatures: Float32Array.of(1, 0.5),
  uniforms: Float64Array.from({ length: 2 * steps }, (_, i) => (i * 0.754877666) % 1),
  topK: Int32Array.of(0, 0),
  topP: Float32Array.of(1, 1),
  ...changed,
})
const run = (
  steps: number,
  changed: Partial<DecodeSequences> = {},
  own: BlockCaches[] = caches(),
): Promise<DecodedTokens> =>
  decodeTokens(model, own, sequences(steps, changed), { ...shape, steps })

beforeAll(async () => {
  await setBackend('cpu')
  const norm = tensor1d([...seededValues(2, width)])
  const block = (seed: number): BlockWeights => ({
    attentionNorm: norm,
    feedForwardNorm: norm,
    query: layer(seed, 8, width),
    key: layer(seed + 1, 4, width),
    value: layer(seed + 2, 4, width),
    output: layer(seed + 3, width, 8),
    gate: layer(seed + 4, feedForward, width),
    up: layer(seed + 5, feedForward, width),
    down: layer(seed + 6, width, feedForward),
  })
  model = {
    embedding: layer(30, vocabulary, width).weight,
    blocks: [block(3), block(13)],
    norm,
    head: layer(31, vocabulary, width),
  }
})

/** The model over a whole sequence at once. */
function logprobsOf(tokens: readonly number[], temperature: number): number[] {
  const positions = tensor1d([...tokens.slice(1).keys()], 'int32')
  let x: Tensor2D = gather(model.embedding as Tensor2D, tensor1d(tokens.slice(0, -1), 'int32'))
  const product = (from: Tensor2D, { weight }: LinearLayer): Tensor2D =>
    matMul(from, weight as Tensor2D, false, true)
  for (const block of model.blocks) {
    const normed = rmsNorm(x, block.attentionNorm, shape)
    const rotated = [block.query, block.key].map((weights) =>
      rotary(product(normed, weights), positions, undefined, shape),
    )
    const { out } = packedAttention(rotated[0], rotated[1], product(normed, block.value), {
      ...shape,
      ...packedLayout([tokens.length - 1]),
    })
    const middle: Tensor2D = add(x, product(out, block.output))
    const gated = rmsNorm(middle, block.feedForwardNorm, shape)
    x = add(
      middle,
      product(swiglu(product(gated, block.gate), product(gated, block.up)), block.down),
    )
  }
  const targets = tensor1d(tokens.slice(1), 'int32')
  const options = {
    temperatures: new Float32Array(tokens.length - 1).fill(temperature),
    entropy: false,
  }
  return [
    ...tokenLogProbability(
      rmsNorm(x, model.norm, shape),
      model.head.weight,
      targets,
      options,
    ).logprobs.dataSync(),
  ]
}

describe('decodeTokens on a backend without the kernel', () => {
  it('draws tokens whose log-probabilities are those of the whole sequence in one pass', async () => {
    const { ids, logprobs, counts } = await run(5)
    expect([...counts]).toEqual([5, 5])
    for (const [n, first, temperature] of [
      [0, 3, 1],
      [1, 7, 0.5],
    ]) {
      const expected = logprobsOf([first, ...ids.subarray(n * 5, n * 5 + 5)], temperature)
      expected.forEach((value, t) => expect(logprobs[n * 5 + t]).toBeCloseTo(value, 5))
    }
  })

  it('draws the same however the steps are divided among calls', async () => {
    const own = caches()
    const whole = await run(5)
    const uniforms = sequences(5).uniforms
    const part = (start: number, end: number): Float64Array =>
      Float64Array.from([
        ...uniforms.subarray(start, end),
        ...uniforms.subarray(5 + start, 5 + end),
      ])
    const first = await run(2, { uniforms: part(0, 2) }, own)
    const rest = await run(
      3,
      {
        uniforms: part(2, 5),
        lengths: Int32Array.of(2, 2),
        newest: Int32Array.of(first.ids[1], first.ids[3]),
      },
      own,
    )
    expect([...first.ids.subarray(0, 2), ...rest.ids.subarray(0, 3)]).toEqual([
      ...whole.ids.subarray(0, 5),
    ])
    expectSameBits(
      Float32Array.of(...first.logprobs.subarray(2), ...rest.logprobs.subarray(3)),
      whole.logprobs.subarray(5),
    )
  })

  it('ends a sequence with its stop id or its limit, and lets the other go on unchanged', async () => {
    const whole = await run(5)
    const stopped = await run(5, { stops: [[whole.ids[1]], []] })
    const end = whole.ids.indexOf(whole.ids[1]) + 1
    expect([...stopped.counts]).toEqual([end, 5])
    expect(stopped.ids[end - 1]).toBe(whole.ids[1])
    expect([...stopped.ids.subarray(5)]).toEqual([...whole.ids.subarray(5)])
    const limited = await run(5, { limits: Int32Array.of(4, 1) })
    expect([...limited.counts]).toEqual([4, 1])
    expect([...limited.ids.subarray(0, 4)]).toEqual([...whole.ids.subarray(0, 4)])
  })

  it('takes stored weights for what they stand for', async () => {
    const stored = toBf16(model.blocks[0].gate.weight as Tensor2D)
    const gated = (weight: LinearLayer['weight']): DecodeModel => ({
      ...model,
      blocks: [{ ...model.blocks[0], gate: { weight } }, model.blocks[1]],
    })
    const options = { ...shape, steps: 3 }
    expect(await decodeTokens(gated(stored), caches(), sequences(3), options)).toEqual(
      await decodeTokens(gated(fromBf16(stored)), caches(), sequences(3), options),
    )
  })

  it('has no panels', () => expect(weightPanels([tensor2d([[1, 2]])])).toBeUndefined())

  it('leaves no tensor behind', async () => {
    const own = caches()
    const before = memory().numTensors
    await run(3, {}, own)
    expect(memory().numTensors).toBe(before)
  })

  it('answers nothing for no sequences', async () => {
    const none = new Int32Array(0)
    const empty = {
      ...joinTables([]),
      lengths: none,
      newest: none,
      limits: none,
      stops: [],
      temperatures: new Float32Array(0),
      uniforms: new Float64Array(0),
      topK: none,
      topP: new Float32Array(0),
    }
    expect((await run(3, empty)).counts.length).toBe(0)
  })

  it.each<[string, Partial<DecodeSequences>]>([
    ['sequence 0 writes to page 1, which sequence 1 holds too', joinTables([[1], [1]])],
    ['page 3 of sequence 1 is not in', joinTables([[0], [3]])],
    ['token 12 of sequence 1 is not in \\[0, 12\\)', { newest: Int32Array.of(0, 12) }],
    ['sequence 0 may get 0 tokens', { limits: Int32Array.of(0, 1) }],
    ['sequence 1 has 1 pages of 64 rows, and may need 65', { lengths: Int32Array.of(0, 62) }],
    ['2 sequences need as many topK, got 1', { topK: Int32Array.of(0) }],
    ['2 sequences of 3 steps need 6 uniforms, got 2', { uniforms: Float64Array.of(0, 0) }],
  ])('refuses: %s', async (message, changed) => {
    await expect(run(3, changed)).rejects.toThrow(new RegExp(`decodeTokens: .*${message}`))
  })

  it.each<[string, () => Partial<BlockWeights>]>([
    ['output', () => ({ output: layer(1, width, 7) })],
    ['down', () => ({ down: layer(1, width, 9) })],
    ['keyBias', () => ({ key: { ...model.blocks[1].key, bias: tensor1d([1, 2, 3]) } })],
    ['queryNorm', () => ({ queryNorm: tensor1d([1, 2]) })],
  ])('names the block and the weight whose shape does not fit: %s', async (name, changed) => {
    const broken = { ...model, blocks: [model.blocks[0], { ...model.blocks[1], ...changed() }] }
    await expect(
      decodeTokens(broken, caches(), sequences(2), { ...shape, steps: 2 }),
    ).rejects.toThrow(new RegExp(`decodeTokens, block 1: ${name} has shape`))
  })
})
