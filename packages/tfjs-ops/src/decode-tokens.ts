import { tensor1d, tidy } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { BLOCK_MATRICES, BLOCK_NORMS, type BlockWeights, checkBlock } from './block-weights.ts'
import { layerInputs, layerScales, type LinearLayer } from './linear.ts'
import { checkShape } from './check-shape.ts'
import { type BlockCaches, pagesOf, slabInputs, tablesOf } from './cache-pages.ts'
import { checkCaches, checkTables } from './check-caches.ts'
import { decodeBlock } from './decode-block.ts'
import { embedding } from './embedding.ts'
import {
  type DecodeAttentionAttrs,
  type DecoderBlockShape,
  DecodeTokens,
  type DecodeTokensAttrs,
  type PageTables,
} from './kernels.ts'
import { rmsNorm } from './rms-norm.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'
import { sampleToken } from './sample-token.ts'
import { type Bf16Matrix, isBf16 } from './bf16-matrix.ts'

/** A decoder with RMSNorm, rotary embedding and SwiGLU. */
export interface DecodeModel {
  /** `[V][D]` */
  readonly embedding: Tensor2D | Bf16Matrix
  /** One for each layer, first to last. */
  readonly blocks: readonly BlockWeights[]
  /** `[D]` */
  readonly norm: Tensor1D
  /** `[V][D]`, no bias, no adapter */
  readonly head: LinearLayer
}

/**
 * N running sequences: where each is in the caches, its newest token, how to draw, and when to
 * stop.
 */
export interface DecodeSequences extends PageTables {
  /** `[N]` rows of its pages that each sequence has filled: the newest token goes there. */
  readonly lengths: Int32Array
  /** `[N]` newest tokens, not yet in the caches. */
  readonly newest: Int32Array
  /** `[N]` the most tokens each may get, 1 or more. */
  readonly limits: Int32Array
  /** `[N]` ids that end each sequence; the id itself is kept. */
  readonly stops: readonly (readonly number[])[]
  /** `[N]`, 0: greedy */
  readonly temperatures: Float32Array
  /** `[N][steps]` in [0, 1) */
  readonly uniforms: Float64Array
  /** `[N]`, 0: off */
  readonly topK: Int32Array
  /** `[N]`, 1: off */
  readonly topP: Float32Array
}

/** How many steps to take, head counts and scale, and the rotary embedding. */
export interface DecodeTokensOptions extends DecoderBlockShape {
  /** The most tokens a sequence gets in this call, 1 or more. */
  readonly steps: number
}

/**
 * `counts[n]` tokens of sequence n, from place `n · steps` on, with their log-probabilities (as
 * `sampleToken`'s).
 */
export interface DecodedTokens {
  /** `[T]` sampled ids, row by row. */
  readonly ids: Int32Array
  /** `[T]` log-probability of each when it was sampled. */
  readonly logprobs: Float32Array
  /** `[N]` tokens of each row. */
  readonly counts: Int32Array
}

/**
 * Draws up to `steps` tokens for each of N running sequences. The newest token goes through the
 * model, which appends to the caches; the next is drawn from its hidden state, and so on until a
 * stop id or the sequence's limit. This is one kernel call if the backend has the kernel, and
 * otherwise one step at a time. A sequence's tokens depend neither on the
 * other sequences nor on how its steps are divided among calls.
 *
 * @param caches of each block, with as many pages; those of a sequence need room for the tokens that
 * it may get
 * @throws RangeError where shapes or options do not fit, pages are full, or one that is written to is
 * shared, an id is outside the vocabulary, or logits are not finite.
 *
 * @example
 * declare const model: DecodeModel,
 *   caches: BlockCaches[],
 *   sequences: DecodeSequences,
 *   options: DecodeTokensOptions
 * const { ids, counts } = await decodeTokens(model, caches, sequences, options)
 * const first = ids.subarray(0, counts[0])
 */
export async function decodeTokens(
  model: DecodeModel,
  caches: readonly BlockCaches[],
  sequences: DecodeSequences,
  options: DecodeTokensOptions,
): Promise<DecodedTokens> {
  checkModel(model, caches, options)
  checkSequences(sequences, caches, model.embedding.shape[0], options)
  if (sequences.lengths.length === 0 || !hasFusedKernel(DecodeTokens))
    return decodeTokensComposition(model, caches, sequences, options)
  const attributes: DecodeTokensAttrs = {
    ...options,
    ...sequences,
    layers: model.blocks.length,
    scales: scalesOf(model),
  }
  const outputs = runFused(DecodeTokens, inputsOf(model, caches), attributes, () => [])
  const [ids, logprobs, counts] = await Promise.all(outputs.map((output) => output.data()))
  for (const output of outputs) output.dispose()
  checkDrawn(ids, counts, options.steps)
  return {
    ids: ids as Int32Array,
    logprobs: logprobs as Float32Array,
    counts: counts as Int32Array,
  }
}

/** A sequence whose logits are not finite ends with the id −1. */
function checkDrawn(ids: ArrayLike<number>, counts: ArrayLike<number>, steps: number): void {
  for (let n = 0; n < counts.length; n++) {
    if (ids[n * steps + counts[n] - 1] < 0)
      throw new RangeError(
        `decodeTokens: the logits of sequence ${n} are not finite; the weights are not`,
      )
  }
}

/**
 * `decodeTokens` from the operations it consists of, one step at a time.
 *
 * @example
 * declare const model: DecodeModel,
 *   caches: BlockCaches[],
 *   sequences: DecodeSequences,
 *   options: DecodeTokensOptions
 * const { logprobs } = await decodeTokensComposition(model, caches, sequences, options)
 */
export async function decodeTokensComposition(
  model: DecodeModel,
  caches: readonly BlockCaches[],
  sequences: DecodeSequences,
  options: DecodeTokensOptions,
): Promise<DecodedTokens> {
  const { lengths, newest, limits, stops } = sequences
  const { steps } = options
  const found = {
    ids: new Int32Array(lengths.length * steps),
    logprobs: new Float32Array(lengths.length * steps),
    counts: new Int32Array(lengths.length),
  }
  let running = [...lengths.keys()]
  for (let step = 0; step < steps && running.length > 0; step++) {
    const last = Int32Array.from(running, (n) =>
      step === 0 ? newest[n] : found.ids[n * steps + step - 1],
    )
    const places = {
      ...tablesOf(sequences, running),
      lengths: Int32Array.from(running, (n) => lengths[n] + step),
    }
    const drawn = tidy(() =>
      sampleToken(
        hiddenOf(model, caches, last, { ...options, ...places }),
        model.head.weight,
        drawsOf(sequences, running, step, steps),
        model.head.panels,
      ),
    )
    const [ids, logprobs] = await Promise.all([
      drawn.ids.data<'int32'>(),
      drawn.logprobs.data<'float32'>(),
    ])
    drawn.ids.dispose()
    drawn.logprobs.dispose()
    running.forEach((n, i) => {
      found.ids[n * steps + step] = ids[i]
      found.logprobs[n * steps + step] = logprobs[i]
      found.counts[n] = step + 1
    })
    running = running.filter((n, i) => step + 1 < limits[n] && !stops[n].includes(ids[i]))
  }
  return found
}

/** `[n][D]` after the final norm, of the sequences' newest tokens. */
function hiddenOf(
  model: DecodeModel,
  caches: readonly BlockCaches[],
  newest: Int32Array,
  options: DecoderBlockShape & DecodeAttentionAttrs,
): Tensor2D {
  const positions = tensor1d(options.lengths, 'int32')
  let residual = embedding(model.embedding, tensor1d(newest, 'int32'))
  model.blocks.forEach(
    (block, layer) => (residual = decodeBlock(residual, positions, block, caches[layer], options)),
  )
  return rmsNorm(residual, model.norm, options)
}

function drawsOf(
  { temperatures, uniforms, topK, topP }: DecodeSequences,
  running: readonly number[],
  step: number,
  steps: number,
): Parameters<typeof sampleToken>[2] {
  return {
    temperatures: Float32Array.from(running, (n) => temperatures[n]),
    uniforms: Float64Array.from(running, (n) => uniforms[n * steps + step]),
    topK: Int32Array.from(running, (n) => topK[n]),
    topP: Float32Array.from(running, (n) => topP[n]),
  }
}

/** The kernel's inputs by name. */
function inputsOf(
  { embedding, blocks, norm, head }: DecodeModel,
  caches: readonly BlockCaches[],
): NamedTensorMap {
  const inputs: Record<string, Tensor> = {
    embedding: isBf16(embedding) ? embedding.bits : embedding,
    norm,
    ...layerInputs('head', head),
  }
  for (const [layer, block] of blocks.entries()) {
    Object.assign(inputs, slabInputs(caches[layer], `${layer}.`))
    for (const name of BLOCK_NORMS) {
      const norm = block[name]
      if (norm !== undefined) inputs[`${layer}.${name}`] = norm
    }
    for (const name of BLOCK_MATRICES)
      Object.assign(inputs, layerInputs(`${layer}.${name}`, block[name]))
  }
  return inputs
}

function scalesOf({ blocks }: DecodeModel): Readonly<Record<string, number>> {
  const layers = blocks.flatMap((block, layer) =>
    BLOCK_MATRICES.map((name) => [`${layer}.${name}`, block[name]] as const),
  )
  return layerScales(Object.fromEntries(layers))
}

function checkModel(
  { embedding, blocks, norm, head }: DecodeModel,
  caches: readonly BlockCaches[],
  options: DecodeTokensOptions,
): void {
  const [vocabulary, width] = embedding.shape
  checkShape('decodeTokens', 'norm', norm, [width])
  checkShape('decodeTokens', 'head', head.weight, [vocabulary, width])
  if (blocks.length === 0 || caches.length !== blocks.length)
    throw new RangeError(
      `decodeTokens: ${blocks.length} blocks need as many caches, got ${caches.length}`,
    )
  for (const [layer, block] of blocks.entries()) {
    checkBlock(`decodeTokens, block ${layer}`, width, block, options)
    checkCaches(`decodeTokens, block ${layer}`, caches[layer], options)
    if (pagesOf(caches[layer]) !== pagesOf(caches[0]))
      throw new RangeError(
        `decodeTokens, block ${layer}: its cache has ${pagesOf(caches[layer])} pages, that of block 0 ${pagesOf(caches[0])}`,
      )
  }
}

function checkSequences(
  sequences: DecodeSequences,
  caches: readonly BlockCaches[],
  vocabulary: number,
  { steps }: DecodeTokensOptions,
): void {
  const { lengths, newest, limits } = sequences
  const count = newest.length
  if (!(Number.isSafeInteger(steps) && steps >= 1))
    throw new RangeError(`decodeTokens: steps is ${steps}, must be 1 or more`)
  for (const name of ['limits', 'stops', 'temperatures', 'topK', 'topP'] as const) {
    if (sequences[name].length !== count)
      throw new RangeError(
        `decodeTokens: ${count} sequences need as many ${name}, got ${sequences[name].length}`,
      )
  }
  if (sequences.uniforms.length !== count * steps)
    throw new RangeError(
      `decodeTokens: ${count} sequences of ${steps} steps need ${count * steps} uniforms, got ${sequences.uniforms.length}`,
    )
  for (let n = 0; n < count; n++) {
    if (!(newest[n] >= 0 && newest[n] < vocabulary))
      throw new RangeError(
        `decodeTokens: token ${newest[n]} of sequence ${n} is not in [0, ${vocabulary})`,
      )
    if (limits[n] < 1)
      throw new RangeError(
        `decodeTokens: sequence ${n} may get ${limits[n]} tokens, must be 1 or more`,
      )
  }
  const rows = (n: number): number => Math.min(limits[n], steps)
  checkTables('decodeTokens', count, caches[0], sequences, { lengths, rows })
}
