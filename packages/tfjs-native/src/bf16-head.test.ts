import { slice, tensor1d, tidy, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  sampleToken,
  toBf16,
  tokenLogProbability,
  type TokenLogProbabilities,
  tokenLogProbabilityGradient,
} from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { hasShim, shimAddon, useShim, type ShimOptions } from '../test/cuda-shim.ts'
import { bits, idsOf, rows2d, samplingOptions } from '../test/everything.ts'
import { type HeadCase, headByHand, headGradientByHand } from '../test/head-by-hand.ts'
import { hasAddon, useNative } from '../test/native.ts'
import { RULES } from '../test/tensor-core-rule.ts'

const bf16 = (options: ShimOptions = {}): Promise<void> =>
  useShim({ ...options, backend: 'native-cuda-bf16' })
const numbers = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>().slice()
const temperaturesOf = (rows: number): Float32Array =>
  Float32Array.from({ length: rows }, (_, i) => [1, 0.7, 1.5][i % 3])
/** What is asked of each row's log-probability and entropy. */
const slopesOf = (rows: number): [Float32Array, Float32Array] => [
  Float32Array.from({ length: rows }, (_, i) => Math.sin(i + 1)),
  Float32Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? 0 : Math.cos(i) / 3)),
]

/** Inputs of the head whose logits reach from about −6 to 6. */
interface Inputs {
  readonly hidden: Tensor2D
  readonly weight: Tensor2D
  readonly targets: Tensor1D
}
const inputsOf = (rows: number, vocabulary: number, width: number): Inputs => ({
  hidden: rows2d(rows, width, 1, 3),
  weight: rows2d(vocabulary, width, 2),
  targets: idsOf(rows, vocabulary),
})
const score = (
  { hidden, weight, targets }: Inputs,
  temperatures = temperaturesOf(hidden.shape[0]),
): TokenLogProbabilities =>
  tokenLogProbability(hidden, weight, targets, { temperatures, entropy: true })

type Gradients = Record<'dhidden' | 'dweight', Tensor2D>
function gradientsOf(inputs: Inputs, forward: TokenLogProbabilities): Gradients {
  const rows = inputs.hidden.shape[0]
  const [dlogprobs, dentropy] = slopesOf(rows).map((x) => tensor1d(x))
  return tokenLogProbabilityGradient(
    dlogprobs,
    dentropy,
    { ...inputs, ...forward },
    { temperatures: temperaturesOf(rows), entropy: true },
  )
}
const allBits = (inputs: Inputs): number[][] => {
  const forward = score(inputs)
  const { logprobs, logsumexp, entropy } = forward
  const { dhidden, dweight } = gradientsOf(inputs, forward)
  return [logprobs, logsumexp, entropy, dhidden, dweight].map((x) => bits(x))
}
function caseOf({ hidden, weight, targets }: Inputs, rule: HeadCase['rule']): HeadCase {
  const [rows, width] = hidden.shape
  return {
    rows,
    width,
    vocabulary: weight.shape[0],
    hidden: numbers(hidden),
    weight: numbers(weight),
    targets: targets.dataSync<'int32'>().slice(),
    temperatures: temperaturesOf(rows),
    rule,
  }
}

// Within a unit, k beyond a tile; more rows than a block takes, so that warpgroups multiply, and a second part; more
// entries than have their slopes at once.
const SHAPES = [
  [3, 21, 70],
  [66, 1100, 15],
  [2, 4200, 16],
] as const

describe.skipIf(!hasShim)('the head of native-cuda-bf16', () => {
  describe.each(['shim', 'sm_90', 'sm_80'] as const)('on %s', (architecture) => {
    const rule = RULES[architecture === 'sm_80' ? 'sm_80' : 'sm_90']
    it.each(SHAPES)(
      'has the bits of its definition: %i rows, %i entries, width %i',
      { timeout: 60_000 },
      async (...shape) => {
        await bf16({ seed: 1, architecture })
        const inputs = inputsOf(...shape)
        const forward = score(inputs)
        const head = caseOf(inputs, rule)
        const expected = headByHand(head)
        for (const name of ['logprobs', 'logsumexp', 'entropy'] as const)
          expect([...numbers(forward[name])]).toEqual(expected[name])
        const found = gradientsOf(inputs, forward)
        const gradients = headGradientByHand(head, expected, ...slopesOf(shape[0]))
        for (const name of ['dhidden', 'dweight'] as const)
          expect([...numbers(found[name])]).toEqual([...gradients[name]])
      },
    )
  })

  it('has them in every order of threads', { timeout: 60_000 }, async () => {
    const inputs = (): Inputs => inputsOf(70, 300, 20)
    for (const architecture of ['shim', 'sm_90']) {
      await bf16({ architecture })
      const expected = allBits(inputs())
      for (const seed of [2, 3]) {
        await bf16({ seed, architecture })
        expect(allBits(inputs())).toEqual(expected)
      }
    }
  })

  it('gives a row the same bits alone as among others', { timeout: 60_000 }, async () => {
    await bf16({ seed: 2, architecture: 'sm_90' })
    const all = inputsOf(130, 300, 16)
    const [whole, before] = [allBits(all), caseOf(all, RULES.sm_90)]
    for (const [at, rows] of [
      [0, 1],
      [65, 3],
      [29, 101],
    ]) {
      const own = {
        hidden: slice(all.hidden, at, rows),
        weight: all.weight,
        targets: slice(all.targets, at, rows),
      }
      const temperatures = before.temperatures.slice(at, at + rows)
      const alone = score(own, temperatures)
      ;[alone.logprobs, alone.logsumexp, alone.entropy].forEach((output, i) =>
        expect(bits(output)).toEqual(whole[i].slice(at, at + rows)),
      )
      const [dlogprobs, dentropy] = slopesOf(130).map((x) => tensor1d(x.slice(at, at + rows)))
      const { dhidden } = tokenLogProbabilityGradient(
        dlogprobs,
        dentropy,
        { ...own, ...alone },
        { temperatures, entropy: true },
        'none',
      )
      expect(bits(dhidden)).toEqual(whole[3].slice(at * 16, (at + rows) * 16))
    }
  })

  it('gives a drawn token the bits that scoring gives it', { timeout: 60_000 }, async () => {
    for (const architecture of ['shim', 'sm_90', 'sm_80']) {
      await bf16({ seed: 3, architecture })
      // Weights are the rows of the product where few sequences are drawn, and its columns else.
      for (const [rows, vocabulary] of [
        [1, 1300],
        [9, 1024],
        [70, 300],
      ]) {
        const { hidden, weight } = inputsOf(rows, vocabulary, 24)
        const options = samplingOptions(rows)
        const drawn = sampleToken(hidden, weight, options)
        const temperatures = options.temperatures.map((t) => (t === 0 ? 1 : t))
        const scored = score({ hidden, weight, targets: drawn.ids }, temperatures)
        expect(bits(drawn.logprobs)).toEqual(bits(scored.logprobs))
      }
    }
  })

  it('takes weights that are bf16 already as they are', { timeout: 60_000 }, async () => {
    await bf16({ seed: 1 })
    // Rows of 24 bf16s are read in place; rows of 21 begin where no vector does.
    for (const width of [24, 21]) {
      const { hidden, weight, targets } = inputsOf(6, 1100, width)
      const [temperatures, stored] = [temperaturesOf(6), toBf16(weight)]
      const options = { temperatures, entropy: true }
      const [from, to] = [weight, stored].map((w) =>
        tokenLogProbability(hidden, w, targets, options),
      )
      for (const name of ['logprobs', 'logsumexp', 'entropy'] as const)
        expect(bits(to[name])).toEqual(bits(from[name]))
      const [dlogprobs, dentropy] = slopesOf(6).map((x) => tensor1d(x))
      const [wanted, found] = [weight, stored].map(
        (w) =>
          tokenLogProbabilityGradient(
            dlogprobs,
            dentropy,
            { hidden, weight: w, targets, ...from },
            options,
            'none',
          ).dhidden,
      )
      expect(bits(found)).toEqual(bits(wanted))
      const draws = [weight, stored].map((w) => sampleToken(hidden, w, samplingOptions(6)))
      expect(bits(draws[1].logprobs)).toEqual(bits(draws[0].logprobs))
    }
  })

  it('adds the weights’ gradient of all rows to a sum', { timeout: 60_000 }, async () => {
    await bf16({ seed: 1 })
    // More rows than have their slopes at once.
    const [rows, vocabulary, width] = [4100, 5, 3]
    const inputs = inputsOf(rows, vocabulary, width)
    const forward = score(inputs)
    const { dweight, dhidden } = gradientsOf(inputs, forward)
    const head = caseOf(inputs, RULES.sm_90)
    const outputs = {
      logprobs: [],
      logsumexp: [...numbers(forward.logsumexp)],
      entropy: [...numbers(forward.entropy)],
    }
    const expected = headGradientByHand(head, outputs, ...slopesOf(rows))
    expect([...numbers(dweight)]).toEqual([...expected.dweight])
    expect([...numbers(dhidden)]).toEqual([...expected.dhidden])
    const sum = variable(rows2d(vocabulary, width, 5))
    const before = numbers(sum)
    const [dlogprobs, dentropy] = slopesOf(rows).map((x) => tensor1d(x))
    const options = { temperatures: temperaturesOf(rows), entropy: true }
    tokenLogProbabilityGradient(dlogprobs, dentropy, { ...inputs, ...forward }, options, sum)
    expect(numbers(sum)).toEqual(before.map((x, i) => x + expected.dweight[i]))
    sum.dispose()
  })

  it.skipIf(!hasAddon)('is within 2e-2 of float32', { timeout: 60_000 }, async () => {
    const run = (): Float32Array[] => {
      const inputs = inputsOf(70, 300, 20)
      const forward = score(inputs)
      return [...Object.values(forward), ...Object.values(gradientsOf(inputs, forward))].map((x) =>
        numbers(x as Tensor),
      )
    }
    await bf16()
    const found = run()
    await useNative()
    const expected = run()
    const norm = (x: Float32Array): number => Math.hypot(...x)
    found.forEach((each, i) => {
      const distance = norm(each.map((x, j) => x - expected[i][j])) / norm(expected[i])
      expect(distance).toBeGreaterThan(0)
      expect(distance).toBeLessThan(2e-2)
    })
  })

  describe('in memory', () => {
    const MiB = 1 << 20
    /** Bytes of working memory that a pass takes, in steps of 1 MiB. */
    function workingBytes(pass: () => unknown): number {
      shimAddon().trim()
      tidy(() => void pass())
      return shimAddon().scratchBytes()
    }

    it('never holds the logits', { timeout: 60_000 }, async () => {
      await bf16()
      const [rows, vocabulary] = [300, 1100]
      const inputs = inputsOf(rows, vocabulary, 8)
      expect(rows * vocabulary * 4).toBeGreaterThan(MiB)
      expect(workingBytes(() => score(inputs))).toBe(MiB)
      // Slopes in bf16, and the same the other way round, take a step each; logits would take two.
      const forward = score(inputs)
      expect(workingBytes(() => gradientsOf(inputs, forward))).toBe(2 * MiB)
    })

    it('does not grow with the vocabulary', { timeout: 60_000 }, async () => {
      await bf16()
      const [small, large] = [4096, 12_288].map((vocabulary) => {
        const inputs = inputsOf(40, vocabulary, 8)
        const forward = score(inputs)
        return [workingBytes(() => score(inputs)), workingBytes(() => gradientsOf(inputs, forward))]
      })
      expect(large).toEqual(small)
    })
  })
})
