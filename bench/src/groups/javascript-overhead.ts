import { ones, tensor1d, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import {
  adamW,
  cacheSlab,
  decodeAttention,
  embedding,
  embeddingGradient,
  joinTables,
  packedAttention,
  packedAttentionGradient,
  packedLayout,
  rmsNorm,
  rmsNormGradient,
  rotary,
  rotaryGradient,
  sampleToken,
  swiglu,
  swigluGradient,
  tokenLogProbability,
  tokenLogProbabilityGradient,
  writeCache,
  zeroMoment,
} from '@icrl/tfjs-ops'
import type { Bench, Group } from '../bench.ts'
import { median } from '../interleave.ts'
import { profileKernels } from '../profile-kernels.ts'

const MOST_MICROSECONDS = 10
/** Short rounds: most of them end before another process takes the core. */
const [ROUNDS, CALLS, WARM_UP] = [61, 100, 20]
const [WIDTH, HEADS, HEAD_DIM, VOCABULARY] = [16, 2, 8, 8]

type Outputs = Tensor | readonly Tensor[] | object | void

/**
 * The JavaScript of one fused operation on one row: its whole time less the native kernel's. The
 * slowest operation counts.
 */
export const javascriptOverhead: Group = {
  name: 'javascript',
  seconds: 60,
  run: async (bench) => {
    const times: { name: string; microseconds: number }[] = []
    for (const [name, run] of Object.entries(fusedOperations()))
      times.push({ name, microseconds: await overheadOf(run, bench) })
    times.sort((a, b) => b.microseconds - a.microseconds)
    bench.report({
      name: `JavaScript of a fused operation, the slowest (${times[0].name})`,
      ours: times[0].microseconds,
      peer: 'a bound this project keeps',
      theirs: MOST_MICROSECONDS,
      unit: 'µs',
      better: 'lower',
      targets: [{ ratio: 1 }],
      note: times.map(({ name, microseconds }) => `${name} ${microseconds.toFixed(1)}`).join(', '),
    })
  },
}

async function overheadOf(run: () => Outputs, { quick }: Bench): Promise<number> {
  const figures: number[] = []
  for (let round = 0; round < (quick ? WARM_UP + 11 : WARM_UP + ROUNDS); round++) {
    const { kernels, total } = await profileKernels(async () => {
      for (let i = 0; i < CALLS; i++) dispose(run())
    })
    const native = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    if (round >= WARM_UP) figures.push(((total - native) * 1000) / CALLS)
  }
  return median(figures)
}

function dispose(outputs: Outputs): void {
  if (outputs === undefined) return
  if ('dispose' in outputs) (outputs as Tensor).dispose()
  else for (const output of Object.values(outputs)) (output as Tensor | undefined)?.dispose()
}

/** Each operation of `@icrl/tfjs-ops` on inputs of one row. */
function fusedOperations(): Record<string, () => Outputs> {
  const [x, weight]: Tensor2D[] = [ones([1, WIDTH]), ones([VOCABULARY, WIDTH])]
  const [gain, headGain, slope]: Tensor1D[] = [ones([WIDTH]), ones([HEAD_DIM]), ones([1])]
  const [position, id] = [tensor1d([0], 'int32'), tensor1d([3], 'int32')]
  const norm = { epsilon: 1e-6 }
  const turn = {
    headDim: HEAD_DIM,
    epsilon: 1e-6,
    inverseFrequencies: Float32Array.of(1, 0.1, 0.01, 0.001),
  }
  const attention = {
    heads: HEADS,
    keyValueHeads: HEADS,
    headDim: HEAD_DIM,
    scale: 0.3,
    ...packedLayout([1]),
  }
  const { out, logsumexp } = packedAttention(x, x, x, attention)
  const scoring = { temperatures: Float32Array.of(1), entropy: false }
  const scored = { hidden: x, weight, targets: id, ...tokenLogProbability(x, weight, id, scoring) }
  const slab = (): Variable => cacheSlab(1, attention)
  const caches = { keys: [slab()], values: [slab()] }
  const table = joinTables([[0]])
  const parameter = variable(zeros([WIDTH]))
  const [first, second] = [0, 1].map(() => zeroMoment([WIDTH], 'float32'))
  const rates = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0,
    gradientScale: 1,
    step: 1,
  }
  const one = Int32Array.of(0)
  const draw = {
    temperatures: Float32Array.of(1),
    uniforms: Float64Array.of(0.5),
    topK: one,
    topP: Float32Array.of(1),
  }
  return {
    rmsNorm: () => rmsNorm(x, gain, norm),
    rmsNormGradient: () => rmsNormGradient(x, x, gain, norm),
    rotary: () => rotary(x, position, headGain, turn),
    rotaryGradient: () => rotaryGradient(x, x, position, headGain, turn),
    swiglu: () => swiglu(x, x),
    swigluGradient: () => swigluGradient(x, x, x),
    packedAttention: () => packedAttention(x, x, x, attention),
    packedAttentionGradient: () =>
      packedAttentionGradient(x, { q: x, k: x, v: x, out, logsumexp }, attention),
    decodeAttention: () =>
      decodeAttention(x, x, x, caches, { ...attention, ...table, lengths: one }),
    writeCache: () => writeCache(x, x, caches, { sources: one, pages: one, rows: one }),
    embedding: () => embedding(weight, id),
    embeddingGradient: () => embeddingGradient(x, id, VOCABULARY),
    tokenLogProbability: () => tokenLogProbability(x, weight, id, scoring),
    tokenLogProbabilityGradient: () =>
      tokenLogProbabilityGradient(slope, undefined, scored, scoring),
    sampleToken: () => sampleToken(x, weight, draw),
    adamW: () => adamW({ parameter, first, second }, gain, rates),
  }
}
