// How fast a GPU's products, attention and head are, at the shapes of Qwen3-0.6B, 4B and 8B: the addon's
// file, the code of its kernels (or the model's schedule: then at tiny shapes, for a rehearsal, and
// no figure means anything). Prints a line for each, in TFLOP/s; operands are rounded within.
import { createRequire } from 'node:module'
import {
  dispose,
  matMul,
  ones,
  randomUniform,
  reshape,
  setBackend,
  slice,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  linearProduct,
  packedAttention,
  packedAttentionGradient,
  toBf16,
  tokenLogProbability,
  tokenLogProbabilityGradient,
} from '@icrl/tfjs-ops'
import type { GpuAddon } from '../../packages/tfjs-native/src/addon.ts'
import { openCuda } from '../../packages/tfjs-native/src/register-native-cuda.ts'

const [file, code] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const { name, architecture } = openCuda(addon, 0, code)
const isModel = architecture === 'shim'
/** A rehearsal's sizes. */
const sized = (n: number): number => (isModel ? Math.max(8, n >> 8) : n)
const REPEATS = isModel ? 1 : 10

/** Seconds a call, after one that is not counted; reading a number waits for all before it. */
function secondsOf(run: () => Tensor): number {
  const wait = (): void => tidy(() => void slice(reshape(run(), [-1]), 0, 1).dataSync())
  wait()
  const start = performance.now()
  for (let i = 1; i < REPEATS; i++) tidy(() => void run())
  wait()
  return (performance.now() - start) / 1000 / REPEATS
}

function say(what: string, operations: number, seconds: number): void {
  console.log(
    `${what.padEnd(56)} ${(operations / seconds / 1e12).toFixed(1).padStart(8)} TFLOP/s ${(seconds * 1e3).toFixed(2).padStart(9)} ms`,
  )
}

/** Rows, outputs, inputs: of a block's gate and down, and of decode. */
const SHAPES = [
  [16_384, 3072, 1024],
  [16_384, 9728, 2560],
  [16_384, 12_288, 4096],
  [16_384, 4096, 12_288],
  [128, 9728, 2560],
  [8, 9728, 2560],
] as const

function products(backend: string): void {
  for (const shape of SHAPES) {
    const [m, n, k] = shape.map((size) => sized(size))
    const [x, w] = [randomUniform([m, k], -1, 1), randomUniform([n, k], -1, 1)] as Tensor2D[]
    const stored = toBf16(w)
    const operations = 2 * m * n * k
    const of = `${backend}: ${m} × ${n} × ${k}`
    say(
      `${of}, weights float32`,
      operations,
      secondsOf(() => matMul(x, w, false, true)),
    )
    say(
      `${of}, weights bf16`,
      operations,
      secondsOf(() => linearProduct(x, stored)),
    )
    dispose([x, w, stored.bits])
  }
}

function attention(backend: string): void {
  const [rows, heads, keyValueHeads, headDim] = [sized(8192), 32, 8, isModel ? 16 : 128]
  const of = (width: number): Tensor2D => randomUniform([rows, width * headDim], -1, 1) as Tensor2D
  const [q, k, v, dOut] = [heads, keyValueHeads, keyValueHeads, heads].map(of)
  const options = {
    heads,
    keyValueHeads,
    headDim,
    scale: headDim ** -0.5,
    starts: Int32Array.of(0, rows),
    prefix: Int32Array.of(-1),
  }
  // Half of all pairs are seen; two products forward, five backward.
  const product = rows * rows * heads * headDim
  const what = `${backend}: attention of ${rows} rows`
  say(
    what,
    2 * product,
    secondsOf(() => packedAttention(q, k, v, options).out),
  )
  const forward = packedAttention(q, k, v, options)
  const back = (): Tensor2D => packedAttentionGradient(dOut, { q, k, v, ...forward }, options).dq
  say(`${what}, gradient`, 5 * product, secondsOf(back))
}

/** Of Qwen3-4B: a product forward, and two or three in the gradient, which has its logits anew. */
function head(backend: string): void {
  const [rows, width, vocabulary] = [16_384, 2560, 151_936].map((size) => sized(size))
  const [hidden, weights] = [rows, vocabulary].map(
    (count) => randomUniform([count, width], -0.1, 0.1) as Tensor2D,
  )
  const weight = toBf16(weights)
  const targets = tensor1d(new Int32Array(rows), 'int32')
  const options = { temperatures: new Float32Array(rows).fill(1), entropy: true }
  const product = 2 * rows * width * vocabulary
  const what = `${backend}: head, ${rows} × ${vocabulary} × ${width}`
  say(
    what,
    product,
    secondsOf(() => tokenLogProbability(hidden, weight, targets, options).logprobs),
  )
  const forward = {
    hidden,
    weight,
    targets,
    ...tokenLogProbability(hidden, weight, targets, options),
  }
  const dlogprobs = ones([rows]) as Tensor1D
  for (const [more, products, kept] of [
    ['no weights learn', 2, 'none'],
    ['weights learn', 3, 'returned'],
  ] as const)
    say(
      `${what}, gradient, ${more}`,
      products * product,
      secondsOf(
        () => tokenLogProbabilityGradient(dlogprobs, undefined, forward, options, kept).dhidden,
      ),
    )
  dispose([hidden, weights, weight.bits, targets, dlogprobs])
}

console.log(`${name} (${architecture})`)
for (const backend of ['native-cuda-bf16', 'native-cuda']) {
  await setBackend(backend)
  products(backend)
  attention(backend)
  if (backend === 'native-cuda-bf16') head(backend)
}
process.env.ICRL_CUDA_GEMM = 'mma'
await setBackend('native-cuda-bf16')
head('native-cuda-bf16, no warpgroups')
products('native-cuda-bf16, no warpgroups')
