import { drawStream } from '@icrl/core'
import { linearProduct } from '@icrl/tfjs-ops'
import type { Variable } from '@tensorflow/tfjs-core'
import { GradientSum } from '../../src/gradient-sum.ts'
import type { Decoder } from '../../src/decoder.ts'
import type { ModelConfig } from '../../src/config.ts'
import { LocalPolicy } from '../../src/local-policy.ts'
import { parameterShapes } from '../../src/parameter-shapes.ts'
import { packItems } from '../../src/pack.ts'
import { disposeScored, forwardPack } from '../../src/score-pack.ts'
import { accumulateItems } from '../../src/train-pack.ts'
import { drawKey } from '../draw-key.ts'
import { slopedItem, type SlopedItem, slopesOf } from '../sloped.ts'
import { countedTokens } from './counted.ts'

/** How `make-parity.py` trained. */
export interface ParityPlan {
  readonly lengths: readonly number[]
  readonly steps: number
  readonly adam: {
    readonly learningRate: number
    readonly beta1: number
    readonly beta2: number
    readonly epsilon: number
    readonly weightDecay: number
    readonly clipNorm: number
  }
}

/** What a model said greedily, and where its two best logits were too close to call. */
export interface GreedyAnswer {
  readonly tokens: readonly number[]
  readonly ties: readonly number[]
}

/** Where an answer first differs from the expected one; undefined if it does not, or at a tie. */
export interface Parting {
  /** Tokens compared. */
  readonly compared: number
  readonly at?: number
}

/** Largest difference, relative to the largest magnitude of what is expected. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} numbers, expected ${expected.length}`)
  let [largest, apart] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]))
    const difference = Math.abs(actual[i] - expected[i])
    apart = Number.isNaN(difference) ? NaN : Math.max(apart, difference)
  }
  return apart / (largest || 1)
}

/** The sequences of a step. */
export function batchOf(
  { lengths }: ParityPlan,
  step: number,
  vocabulary: number,
): readonly Int32Array[] {
  return lengths.map((length, i) => countedTokens(2 * step + i, length, vocabulary))
}

/** Logits `[T][V]` of every place of a sequence. */
export async function logitsOf(decoder: Decoder, ids: Int32Array): Promise<Float32Array> {
  // The last place is scored by a response of one more token, whichever that is.
  const response = Int32Array.of(...ids.slice(1), 0)
  const pack = packItems([{ prompt: ids.slice(0, 1), response, temperature: 1 }])
  const scored = await forwardPack(decoder, pack, { keep: 'nothing', entropy: false })
  const logits = linearProduct(scored.pass.hidden, decoder.weights.head)
  const values = await logits.data<'float32'>()
  logits.dispose()
  disposeScored(scored)
  return values
}

/** Gradients of the mean negative log-probability of a step's tokens, by parameter. */
export async function gradientsOf(
  decoder: Decoder,
  batch: readonly Int32Array[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const items = itemsOf(batch)
  const gradients = new GradientSum()
  await accumulateItems({
    decoder,
    call: { items, slopes: slopesOf(items), entropySlopes: false },
    want: {},
    gradients,
    keep: 'all',
    packTokens: Infinity,
  })
  const values = [...parameterShapes(decoder.config).keys()].map(
    (name) => [name, gradients.get(name)!.dataSync<'float32'>()] as const,
  )
  gradients.clear()
  return new Map(values)
}

/** The greedy answer's first token that is not the expected one. */
export async function partingOf(
  policy: LocalPolicy,
  prompt: Int32Array,
  { tokens, ties }: GreedyAnswer,
): Promise<Parting> {
  const draws = drawStream(drawKey(0))
  const said = await policy.sample({
    prompt,
    maxTokens: tokens.length,
    temperature: 0,
    stop: [],
    draws,
  })
  const at = tokens.findIndex((token, t) => token !== said.tokens[t])
  if (at < 0) return { compared: tokens.length }
  // Behind a tie that went the other way the two say different things.
  return ties.includes(at) ? { compared: at } : { compared: at, at }
}

/** Trains a policy as the script did. */
export async function trainAsPlanned(policy: LocalPolicy, plan: ParityPlan): Promise<void> {
  const { learningRate, clipNorm } = plan.adam
  for (let step = 0; step < plan.steps; step++) {
    const items = itemsOf(batchOf(plan, step, policy.config.vocabularySize))
    await policy.accumulate(items, slopesOf(items))
    await policy.step({ learningRate, clipNorm })
  }
}

/** A policy with the script's optimizer, over parameters that the caller goes on reading. */
export function parityPolicy(
  config: ModelConfig,
  parameters: Map<string, Variable>,
  { adam: { beta1, beta2, epsilon, weightDecay } }: ParityPlan,
): LocalPolicy {
  return new LocalPolicy(config, parameters, {
    optimizer: { beta1, beta2, epsilon, weightDecay },
  })
}

function itemsOf(batch: readonly Int32Array[]): SlopedItem[] {
  const tokens = batch.reduce((sum, ids) => sum + ids.length - 1, 0)
  return batch.map((ids) => {
    const slopes = new Float32Array(ids.length - 1).fill(-1 / tokens)
    return slopedItem(ids.slice(0, 1), ids.slice(1), slopes)
  })
}
