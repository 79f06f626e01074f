import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Variable } from '@tensorflow/tfjs-core'
import { createDecoder } from '../../src/decoder.ts'
import { loadModelFolder } from '../../src/load-model-folder.ts'
import { counted } from './counted.ts'
import {
  batchOf,
  gradientsOf,
  type GreedyAnswer,
  logitsOf,
  parityPolicy,
  type ParityPlan,
  type Parting,
  partingOf,
  trainAsPlanned,
} from './measure-parity.ts'

/** Norm of a tensor, and its product with counted numbers. */
type Digest = readonly [norm: number, product: number]
type Digests = Readonly<Record<string, Digest>>

interface RealModel extends ParityPlan {
  /** The largest logit. */
  readonly scale: number
  readonly cases: readonly [
    { readonly greedy: GreedyAnswer & { readonly prompt: readonly number[] } },
    /** Some logits of each sequence, as place and value. */
    { readonly logits: readonly (readonly (readonly [place: number, value: number])[])[] },
    { readonly gradients: Digests },
    { readonly changes: Digests },
  ]
}

/** How far the real model is from transformers. */
export interface RealFigures {
  readonly logits: number
  readonly gradients: number
  readonly greedy: Parting
  /** Weights after the optimizer's steps. */
  readonly trained: number
}

/** The folder of SmolLM2-135M-Instruct; undefined if this machine has none. */
export const realModel: string | undefined = [
  process.env.ICRL_TEST_MODEL ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-models', 'smollm2'),
].find((folder) => existsSync(join(folder, 'model.safetensors')))

/** Compares the real model with what transformers computed, on the current backend. */
export async function measureReal(folder: string): Promise<RealFigures> {
  const real: RealModel = JSON.parse(readFileSync(new URL('./real.json', import.meta.url), 'utf8'))
  const [{ greedy }, { logits }, { gradients }, { changes }] = real.cases
  const { config, parameters } = await loadModelFolder(folder)
  await using policy = parityPolicy(config, parameters, real)
  const decoder = createDecoder(config, parameters)
  const batch = batchOf(real, 0, config.vocabularySize)
  let ofLogits = 0
  for (const [i, ids] of batch.entries()) {
    const found = await logitsOf(decoder, ids)
    for (const [place, value] of logits[i])
      ofLogits = Math.max(ofLogits, Math.abs(found[place] - value) / real.scale)
  }
  const ofGradients = farthest(await gradientsOf(decoder, batch), gradients)
  const parting = await partingOf(policy, Int32Array.from(greedy.prompt), greedy)
  const before = new Map([...parameters].map(([name, value]) => [name, value.dataSync()]))
  await trainAsPlanned(policy, real)
  return {
    logits: ofLogits,
    gradients: ofGradients,
    greedy: parting,
    trained: farthestWeights(before, parameters, changes),
  }
}

/** The largest difference of a digest, relative to the tensor's norm. */
function farthest(actual: ReadonlyMap<string, ArrayLike<number>>, expected: Digests): number {
  return Math.max(
    ...Object.keys(expected)
      .sort()
      .map((name, stream) => {
        const [norm, product] = digest(stream, actual.get(name)!)
        const [expectedNorm, expectedProduct] = expected[name]
        const apart = Math.max(Math.abs(norm - expectedNorm), Math.abs(product - expectedProduct))
        return apart / expectedNorm
      }),
  )
}

/**
 * The largest difference between two tensors of weights, as it shows in the digests of what training
 * changed, relative to the weights' norm.
 */
function farthestWeights(
  before: ReadonlyMap<string, ArrayLike<number>>,
  after: ReadonlyMap<string, Variable>,
  changes: Digests,
): number {
  return Math.max(
    ...Object.keys(changes)
      .sort()
      .map((name, stream) => {
        const weights = after.get(name)!.dataSync()
        const old = before.get(name)!
        const [norm, product] = digest(
          stream,
          weights.map((weight, i) => weight - old[i]),
        )
        const apart = Math.max(
          Math.abs(norm - changes[name][0]),
          Math.abs(product - changes[name][1]),
        )
        return apart / digest(stream, weights)[0]
      }),
  )
}

function digest(stream: number, values: ArrayLike<number>): Digest {
  const numbers = counted(stream, values.length)
  let [square, product] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    square += values[i] ** 2
    product += values[i] * numbers[i]
  }
  return [Math.sqrt(square), product]
}
