import { createHash } from 'node:crypto'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  outputAndMlp,
  outputAndMlpComposition,
  qkvProjection,
  qkvProjectionComposition,
  decodeAttention,
  decodeTokens,
  decodeTokensComposition,
  joinTables,
  packedAttention,
  packedLayout,
  weightPanels,
  rmsNorm,
  rotary,
  sampleToken,
  swiglu,
  tokenLogProbability,
} from '@icrl/tfjs-ops'
import type { DecodeModel, LinearLayer } from '@icrl/tfjs-ops'
import { beforeEach, describe, expect, it } from 'vitest'
import { blockCase } from '../../tfjs-ops/test/block-parts.ts'
import { emptyCaches, scatteredTables, writeRows } from '../../tfjs-ops/test/paged-caches.ts'
import { hasAddon, instructionSets, useNative } from '../test/native.ts'
import {
  attention,
  bits,
  decoderOf,
  drawnBits,
  everything,
  idsOf,
  noise,
  rotaryOptions,
  rows2d,
  samplingOptions,
  sequencesOf,
} from '../test/everything.ts'

/** The same model with its matrices laid out. */
function panelModel(model: DecodeModel): DecodeModel {
  const withPanels = (layer: LinearLayer): LinearLayer => ({
    ...layer,
    panels: weightPanels([layer.weight])?.[0],
  })
  const blocks = model.blocks.map((block) => ({
    ...block,
    query: withPanels(block.query),
    key: withPanels(block.key),
    value: withPanels(block.value),
    output: withPanels(block.output),
    gate: withPanels(block.gate),
    up: withPanels(block.up),
    down: withPanels(block.down),
  }))
  return { ...model, blocks, head: withPanels(model.head) }
}

const checksum = (tensor: Tensor): string =>
  createHash('sha256')
    .update(tensor.dataSync() as Float32Array)
    .digest('hex')

describe.skipIf(!hasAddon).each(Object.entries(everything))('%s', (_, run) => {
  it('has the same bits on every instruction set and any number of threads', async () => {
    const found = new Map<string, number[][]>()
    for (const isa of instructionSets()) {
      for (const threads of [1, 3]) {
        await useNative({ isa, threads })
        found.set(
          `${isa}, ${threads} threads`,
          tf.tidy(() => run().map(bits)),
        )
      }
    }
    const [[, expected]] = found
    for (const [where, outputs] of found)
      outputs.forEach((output, i) => expect(output, `${where}, output ${i}`).toEqual(expected[i]))
  })
})

describe.skipIf(!hasAddon).each(instructionSets())('multiply-adds of %s', (isa) => {
  it('round once, where rounding to double first would lose a bit', async () => {
    await useNative({ isa })
    const factor = 1 + 2 ** -12
    expect(
      tf
        .matMul(tf.tensor2d([[2 ** -40, factor]]), tf.tensor2d([[2 ** -40], [factor]]))
        .dataSync()[0],
    ).toBe(1 + 2 ** -11 + 2 ** -23)
    expect(
      tf
        .matMul(tf.tensor2d([[-(2 ** -40), factor]]), tf.tensor2d([[2 ** -40], [factor]]))
        .dataSync()[0],
    ).toBe(1 + 2 ** -11)
    expect(
      tf
        .matMul(tf.tensor2d([[2 ** -70, -(2 ** -74)]]), tf.tensor2d([[2 ** -70], [2 ** -74]]))
        .dataSync()[0],
    ).toBe(2 ** -140 - 2 ** -148)
  })

  it('keep NaN and infinity', async () => {
    await useNative({ isa })
    const product = (a: number, b: number, c: number): number =>
      tf.matMul(tf.tensor2d([[c, a]]), tf.tensor2d([[1], [b]])).dataSync()[0]
    expect([
      product(Infinity, 1, 1),
      product(1e30, -1e30, 0),
      product(Infinity, 0, 1),
      product(1, 1, NaN),
      product(1, Infinity, -Infinity),
    ]).toEqual([Infinity, -Infinity, NaN, NaN, NaN])
  })
})

describe.skipIf(!hasAddon)('our own functions', () => {
  /** Distance from the correctly rounded result, in units of its last place. */
  function worstUlps(found: ArrayLike<number>, exact: (i: number) => number): number {
    let worst = 0
    for (let i = 0; i < found.length; i++) {
      const value = exact(i)
      const ulp = 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value) || 1e-300))) - 23)
      worst = Math.max(worst, Math.abs(found[i] - value) / ulp)
    }
    return worst
  }

  it('are within one unit (exp) and two units (log, sigmoid) in the last place', async () => {
    await useNative()
    const x = Float32Array.from({ length: 200_001 }, (_, i) => -103 + (i * 191.7) / 200_000)
    expect(worstUlps(tf.exp(tf.tensor1d(x)).dataSync(), (i) => Math.exp(x[i]))).toBeLessThan(1)
    expect(
      worstUlps(
        tf.sigmoid(tf.tensor1d(x.map((v) => v / 6))).dataSync(),
        (i) => 1 / (1 + Math.exp(-Math.fround(x[i] / 6))),
      ),
    ).toBeLessThan(2.5)
    const positive = x.map((v) => 2 ** (v * 1.2))
    expect(
      worstUlps(tf.log(tf.tensor1d(positive)).dataSync(), (i) => Math.log(positive[i])),
    ).toBeLessThan(2)
  })
})

describe.skipIf(!hasAddon)('a row has the same bits', () => {
  beforeEach(() => useNative({ threads: 2 }))
  const slice = (x: Tensor, from: number, count: number): Tensor2D =>
    tf.slice(x as Tensor2D, [from, 0], [count, x.shape[1] as number])

  it.each([
    [33, 45],
    [700, 64],
    [64, 300],
  ])('in any batch of a product, k %i, n %i', (k, n) => {
    const [x, weight] = [rows2d(150, k, 1), rows2d(n, k, 2)]
    const whole = bits(tf.matMul(x, weight, false, true))
    for (const [from, count] of [
      [0, 1],
      [149, 1],
      [17, 2],
      [30, 13],
      [60, 15],
      [3, 131],
    ]) {
      expect(bits(tf.matMul(slice(x, from, count), weight, false, true))).toEqual(
        whole.slice(from * n, (from + count) * n),
      )
    }
  })

  it.each([
    [1, 33, 45],
    [40, 64, 5000],
    [3, 300, 777],
  ])(
    "drawn with the head's panels: %i rows, width %i, vocabulary %i",
    (rows, width, vocabulary) => {
      const [hidden, weight, options] = [
        rows2d(rows, width, 24, 3),
        rows2d(vocabulary, width, 25),
        samplingOptions(rows),
      ]
      const drawn = (panels?: Tensor1D): number[][] =>
        Object.values(sampleToken(hidden, weight, options, panels)).map(bits)
      expect(drawn(weightPanels([weight])?.[0])).toEqual(drawn())
    },
  )

  it.skipIf(instructionSets().length < 2)(
    "where a weight's panels were made for another instruction set",
    async () => {
      const [hidden, weight, options] = [
        rows2d(9, 50, 24, 3),
        rows2d(333, 50, 25),
        samplingOptions(9),
      ]
      const drawn = (panels?: Tensor1D): number[][] =>
        Object.values(sampleToken(hidden, weight, options, panels)).map(bits)
      const [expected, panels] = [drawn(), weightPanels([weight])?.[0]]
      await useNative({ isa: instructionSets()[0], threads: 2 })
      expect(drawn(panels)).toEqual(expected)
    },
  )

  it('in decode and in the packed pass, packed in any company, whatever the cache held before', () => {
    const lengths = [64, 1, 65, 130, 16, 3]
    const layout = packedLayout(lengths)
    const total = layout.starts[lengths.length]
    const [q, k, v] = [rows2d(total, 120, 3, 2), rows2d(total, 40, 4, 2), rows2d(total, 40, 5)]
    const { out } = packedAttention(q, k, v, { ...attention, ...layout })
    const tables = scatteredTables(lengths)
    const caches = emptyCaches(tables.pages.length, attention)
    for (let t = 0; t < 130; t++) {
      const running = lengths.flatMap((length, s) => (t < length ? [s] : []))
      const rows = tf.tensor1d(
        running.map((s) => layout.starts[s] + t),
        'int32',
      )
      const [one, key, value] = [q, k, v].map((x) => tf.gather(x, rows))
      const own = (s: number): Int32Array =>
        tables.pages.subarray(tables.tableStarts[s], tables.tableStarts[s + 1])
      const step = decodeAttention(one, key, value, caches, {
        ...attention,
        ...joinTables(running.map(own)),
        lengths: new Int32Array(running.length).fill(t),
      })
      expect(bits(step)).toEqual(bits(tf.gather(out, rows)))
    }
    lengths.forEach((length, s) => {
      const own = (x: Tensor2D): Tensor2D => slice(x, layout.starts[s], length)
      expect(
        bits(
          packedAttention(own(q), own(k), own(v), { ...attention, ...packedLayout([length]) }).out,
        ),
      ).toEqual(bits(own(out)))
    })
  })

  it.each([
    [1, 1, 1],
    [2, 2, 16],
    [3, 3, 48],
    [4, 1, 64],
    [6, 2, 32],
    [8, 2, 16],
    [4, 4, 80],
    [10, 2, 32],
    [4, 2, 24],
  ])(
    'in decode and in the packed pass: %i heads over %i, width %i',
    (heads, keyValueHeads, headDim) => {
      const shape = { heads, keyValueHeads, headDim, scale: headDim ** -0.5 }
      const lengths = [1, 15, 16, 17, 64, 65, 150]
      const layout = packedLayout(lengths)
      const total = layout.starts[lengths.length]
      const [q, k, v] = [
        rows2d(total, heads * headDim, 3, 2),
        rows2d(total, keyValueHeads * headDim, 4, 2),
        rows2d(total, keyValueHeads * headDim, 5),
      ]
      const { out } = packedAttention(q, k, v, { ...shape, ...layout })
      const tables = scatteredTables(lengths)
      const caches = emptyCaches(tables.pages.length, shape)
      writeRows(k, v, caches, tables, { starts: [...layout.starts].slice(0, -1), lengths })
      const last = tf.tensor1d(
        lengths.map((length, s) => layout.starts[s] + length - 1),
        'int32',
      )
      const options = {
        ...shape,
        ...tables,
        lengths: Int32Array.from(lengths, (length) => length - 1),
      }
      const step = decodeAttention(
        tf.gather(q, last),
        tf.gather(k, last),
        tf.gather(v, last),
        caches,
        options,
      )
      expect(bits(step)).toEqual(bits(tf.gather(out, last)))
    },
  )

  it.each([
    [1, 3, { scale: 4 }],
    [3, 1, { scale: 4, biased: true, headNorms: true }],
    [15, 5, { scale: 4, headNorms: true }],
    [40, 4, { scale: 4, biased: true }],
    [130, 9, { scale: 4, headNorms: true }],
    [20, 2, { scale: 60, headNorms: true, layers: 1 }],
    [1, 2, { scale: 60, biased: true, headNorms: true, layers: 1 }],
  ])(
    'in decode steps together and one after another, weights laid out and not, on every instruction set: %i sequences, %i steps, %o',
    async (rows, steps, variant) => {
      let expected: (number[] | string)[] | undefined
      for (const isa of instructionSets()) {
        for (const threads of [1, 3]) {
          await useNative({ isa, threads })
          const model = decoderOf(variant)
          for (const [run, weights] of [
            [decodeTokensComposition, model],
            [decodeTokens, model],
            [decodeTokens, panelModel(model)],
          ] as const) {
            const { caches, sequences, options } = sequencesOf(rows, steps, variant)
            const drawn = drawnBits(await run(weights, caches, sequences, options))
            const found = [
              ...drawn,
              ...caches.flatMap(({ keys, values }) => [...keys, ...values].map(checksum)),
            ]
            expected ??= found
            expect(found).toEqual(expected)
          }
        }
      }
      expect(new Set(expected?.slice(0, rows).map((drawn) => drawn.length)).size).toBeGreaterThan(
        rows > 3 && steps > 1 ? 1 : 0,
      )
    },
  )

  it('in any batch of a block before and after its attention', () => {
    const { weights, x, attended, positions, shape } = blockCase({
      rows: 131,
      width: 70,
      heads: 6,
      keyValueHeads: 2,
      headDim: 20,
      hidden: 101,
      headNorms: true,
      biased: true,
    })
    const whole = {
      ...qkvProjection(x, positions, weights, shape),
      ...outputAndMlp(attended, x, weights, shape),
    }
    for (const [from, count] of [
      [0, 1],
      [55, 2],
      [60, 71],
    ]) {
      const own = tf.slice(positions, [from], [count])
      const part = {
        ...qkvProjection(slice(x, from, count), own, weights, shape),
        ...outputAndMlp(slice(attended, from, count), slice(x, from, count), weights, shape),
      }
      for (const [name, found] of Object.entries(part))
        expect(bits(found), name).toEqual(
          bits(slice(whole[name as keyof typeof whole], from, count)),
        )
    }
  })

  it.each([
    ['plain', {}],
    ['with adapters', { rank: 5 }],
    ['in bf16', { stored: true }],
    ['in bf16 with adapters', { stored: true, rank: 33 }],
  ])('in a block %s as in the operations one after another', (_, kind) => {
    const { weights, x, attended, positions, shape } = blockCase({
      rows: 131,
      width: 70,
      heads: 6,
      keyValueHeads: 2,
      headDim: 20,
      hidden: 101,
      headNorms: true,
      biased: true,
      ...kind,
    })
    const fused = {
      ...qkvProjection(x, positions, weights, shape),
      ...outputAndMlp(attended, x, weights, shape),
    }
    const parts = {
      ...qkvProjectionComposition(x, positions, weights, shape),
      ...outputAndMlpComposition(attended, x, weights, shape),
    }
    for (const [name, found] of Object.entries(fused))
      expect(bits(found), name).toEqual(bits(parts[name as keyof typeof parts]))
  })

  it.each([
    [256, 40],
    [1, 70],
    [63, 2],
    [64, 64],
    [100, 1],
  ])('with a prefix of %i shared by four and without', (prefix, each) => {
    const total = prefix + 4 * each
    const [q, k, v] = [rows2d(total, 120, 6, 2), rows2d(total, 40, 7, 2), rows2d(total, 40, 8)]
    const starts = Int32Array.from([0, 0, 1, 2, 3, 4], (s, i) => (i === 0 ? 0 : prefix + s * each))
    const shared = packedAttention(q, k, v, {
      ...attention,
      starts,
      prefix: Int32Array.of(-1, 0, 0, 0, 0),
    })
    for (let s = 0; s < 4; s++) {
      const alone = (x: Tensor2D): Tensor2D =>
        tf.concat([slice(x, 0, prefix), slice(x, prefix + s * each, each)])
      const unshared = packedAttention(alone(q), alone(k), alone(v), {
        ...attention,
        ...packedLayout([prefix + each]),
      })
      expect(bits(alone(shared.out))).toEqual(bits(unshared.out))
      expect(bits(alone(shared.logsumexp))).toEqual(bits(unshared.logsumexp))
    }
  })

  it('through a chain of prefixes whose joints lie inside blocks', () => {
    const lengths = [30, 50, 7, 61, 20]
    const { starts } = packedLayout(lengths)
    const total = starts[lengths.length]
    const [q, k, v] = [rows2d(total, 120, 9, 2), rows2d(total, 40, 10, 2), rows2d(total, 40, 11)]
    const chain = packedAttention(q, k, v, {
      ...attention,
      starts,
      prefix: Int32Array.from(lengths, (_, s) => s - 1),
    })
    expect(bits(chain.out)).toEqual(
      bits(packedAttention(q, k, v, { ...attention, ...packedLayout([total]) }).out),
    )
  })

  it('of its log-probability when sampled, scored, alone or among others', () => {
    const [hidden, weight] = [rows2d(90, 48, 12, 3), rows2d(1100, 48, 13)]
    const options = samplingOptions(90)
    const { ids, logprobs } = sampleToken(hidden, weight, options)
    const temperatures = options.temperatures.map((temperature) => temperature || 1)
    for (const entropy of [true, false]) {
      expect(
        bits(
          tokenLogProbability(hidden, weight, ids as Tensor1D, { temperatures, entropy }).logprobs,
        ),
      ).toEqual(bits(logprobs))
    }
    const [one, target] = [slice(hidden, 41, 1), tf.slice(ids as Tensor1D, 41, 1)]
    expect(
      bits(
        tokenLogProbability(one, weight, target, {
          temperatures: temperatures.subarray(41, 42),
          entropy: false,
        }).logprobs,
      ),
    ).toEqual(bits(tf.slice(logprobs, 41, 1)))
    const alone = {
      temperatures: options.temperatures.subarray(41, 42),
      uniforms: options.uniforms.subarray(41, 42),
      topK: options.topK.subarray(41, 42),
      topP: options.topP.subarray(41, 42),
    }
    expect(bits(sampleToken(one, weight, alone).ids)).toEqual(bits(target))
  })

  it.each(['rmsNorm', 'rotary', 'swiglu'] as const)('in any company of %s', (which) => {
    const [x, y, gain] = [rows2d(60, 120, 14), rows2d(60, 120, 15), noise([120], 16) as Tensor1D]
    const positions = idsOf(60, 500)
    const run = (from: number, count: number): Tensor =>
      ({
        rmsNorm: () => rmsNorm(slice(x, from, count), gain, { epsilon: 1e-6 }),
        rotary: () =>
          rotary(
            slice(x, from, count),
            tf.slice(positions, from, count),
            tf.slice(gain, 0, 20),
            rotaryOptions,
          ),
        swiglu: () => swiglu(slice(x, from, count), slice(y, from, count)),
      })[which]()
    const whole = run(0, 60)
    for (const [from, count] of [
      [0, 1],
      [59, 1],
      [7, 23],
    ])
      expect(bits(run(from, count))).toEqual(bits(slice(whole, from, count)))
  })

  it('in gradients with a shared prefix, within float32 noise of the unshared ones', () => {
    const [prefix, each] = [100, 30]
    const total = prefix + 3 * each
    const [q, k, v, dOut] = [
      rows2d(total, 120, 17),
      rows2d(total, 40, 18),
      rows2d(total, 40, 19),
      rows2d(total, 120, 20),
    ]
    const starts = Int32Array.of(0, 100, 130, 160, 190)
    const shared = tf.grads(
      (a, b, c) =>
        packedAttention(a as Tensor2D, b as Tensor2D, c as Tensor2D, {
          ...attention,
          starts,
          prefix: Int32Array.of(-1, 0, 0, 0),
        }).out,
    )([q, k, v], dOut)
    const copies = (x: Tensor2D, blank: boolean): Tensor2D =>
      tf.concat(
        [0, 1, 2].flatMap((s) => [
          blank && s > 0 ? tf.zeros<tf.Rank.R2>([prefix, x.shape[1]]) : slice(x, 0, prefix),
          slice(x, prefix + s * each, each),
        ]),
      )
    const layout = packedLayout([130, 130, 130])
    const unshared = tf.grads(
      (a, b, c) =>
        packedAttention(a as Tensor2D, b as Tensor2D, c as Tensor2D, { ...attention, ...layout })
          .out,
    )(
      [q, k, v].map((x) => copies(x, false)),
      copies(dOut, true),
    )
    shared.forEach((gradient, i) => {
      const summed = tf.concat([
        tf.addN([0, 1, 2].map((s) => slice(unshared[i], s * 130, prefix))),
        ...[0, 1, 2].map((s) => slice(unshared[i], s * 130 + prefix, each)),
      ])
      const scale = tf.max(tf.abs(summed)).dataSync()[0]
      expect(tf.max(tf.abs(tf.sub(gradient, summed))).dataSync()[0] / scale).toBeLessThan(2e-6)
    })
  })
})
