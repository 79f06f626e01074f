import type { MomentStorage } from '@icrl/tfjs-ops'
import { LINEAR_LAYERS } from './adapter-folder.ts'
import { type AdapterOptions, adapterShapes } from './adapter.ts'
import type { KeepActivations } from './block.ts'
import type { ModelConfig } from './config.ts'
import { EMBEDDING } from './decoder-weights.ts'
import { parameterShapes } from './parameter-shapes.ts'
import type { WeightStorage } from './weight-storage.ts'

/** What a policy is to do, as far as its memory depends on it. */
export interface MemoryPlanOptions {
  /** How the weights are kept; default: `float32`. Those that learn keep their masters. */
  readonly weights?: WeightStorage
  /** Default: none, all weights learn. */
  readonly adapter?: Pick<AdapterOptions, 'rank' | 'targets'>
  /** How the optimizer's moments are kept; default: `float32`. */
  readonly moments?: MomentStorage
  /** Default: `all`. */
  readonly keep?: KeepActivations
  /** Rows of the largest training pass: `packTokens`, or all of a batch if that is less. */
  readonly packRows: number
  /** Rows of the cache while sampling: generations at once × their longest prompt and answer. */
  readonly cacheRows: number
  /** Most bytes of weights laid out for decode steps; default: 1 GiB. */
  readonly panelBytes?: number
  /** Rows of the largest prefill; default: 2,048. */
  readonly prefillRows?: number
}

/** Bytes that tensors take at once, by what they are. */
export interface MemoryPlan {
  readonly parameters: number
  /** Parameters that learn. */
  readonly learning: number
  readonly weights: number
  /** The optimizer's two moments. */
  readonly moments: number
  /** Gradients of one step. */
  readonly gradients: number
  /** What training keeps of a pass, and computes with, at the worst moment beside the gradients. */
  readonly activations: number
  readonly cache: number
  readonly panels: number
  /** The most at once while training. */
  readonly training: number
  /** The most at once while sampling. */
  readonly sampling: number
  /** The larger of the two. */
  readonly peak: number
}

const FLOAT = 4
/** Bytes of a moment's number; those of 8 bits share a scale by blocks of 256. */
const MOMENT: Readonly<Record<MomentStorage, number>> = { float32: 4, bf16: 2, '8bit': 1 + 4 / 256 }

/**
 * Predicts the tensor memory of a policy from its configuration, before any weight is read. Gradients
 * and activations are freed before sampling, the cache before training.
 *
 * @returns bytes
 * @example
 * declare const config: ModelConfig
 * const { peak } = planMemory(config, { packRows: 4096, cacheRows: 64 * 512 })
 */
export function planMemory(
  config: ModelConfig,
  {
    weights: storage = 'float32',
    adapter,
    moments: momentStorage = 'float32',
    keep = 'all',
    packRows,
    cacheRows,
    panelBytes = 2 ** 30,
    prefillRows = 2048,
  }: MemoryPlanOptions,
): MemoryPlan {
  const { layers, keyValueHeads, headDim } = config
  const shapes = [...parameterShapes(config)]
  const parameters = sizeOf(shapes.map(([, shape]) => shape))
  const matrices = sizeOf(shapes.flatMap(([, shape]) => (shape.length === 2 ? [shape] : [])))
  const adapted = adapter
    ? sizeOf([...adapterShapes(config, { targets: LINEAR_LAYERS, ...adapter }).values()])
    : 0
  const learning = adapter ? adapted : parameters
  const isHalf = storage === 'bf16' && adapter !== undefined
  const weights = FLOAT * (parameters + adapted) - (isHalf ? (FLOAT / 2) * matrices : 0)
  const moments = 2 * MOMENT[momentStorage] * learning
  const gradients = FLOAT * learning
  const activations = activationsBeside(config, { keep, packRows, gradients, tied: !adapter })
  const cache = 2 * FLOAT * layers * keyValueHeads * headDim * cacheRows
  const panels = Math.min(panelBytes, (storage === 'bf16' ? 2 : FLOAT) * matrices)
  const training = weights + moments + gradients + activations
  const prefill = FLOAT * Math.min(prefillRows, cacheRows) * passFloats(config)
  const sampling = weights + moments + cache + panels + prefill
  return {
    parameters,
    learning,
    weights,
    moments,
    gradients,
    activations,
    cache,
    panels,
    training,
    sampling,
    peak: Math.max(training, sampling),
  }
}

/**
 * The worst moment of a backward pass, less the gradients that are all there at its end: blocks are
 * gone through from the last to the first, each adds its gradients and frees what it kept.
 */
function activationsBeside(
  config: ModelConfig,
  {
    keep,
    packRows,
    gradients,
    tied,
  }: {
    readonly keep: KeepActivations
    readonly packRows: number
    readonly gradients: number
    readonly tied: boolean
  },
): number {
  const { layers } = config
  const kept = FLOAT * packRows * keptFloats(config, keep)
  const working = FLOAT * (packRows * backwardFloats(config) + scratchFloats(config))
  const outside = tied ? Math.min(gradients, FLOAT * outsideBlocks(config)) : 0
  const ofBlock = (gradients - outside) / layers
  const moments = Array.from({ length: layers }, (_, above) => {
    const there = outside + (above + 1) * ofBlock
    return there + (layers - above) * kept + working
  })
  return Math.max(...moments) - gradients
}

/** Floats a row that a block keeps, as `KeepActivations` says. */
function keptFloats(config: ModelConfig, keep: KeepActivations): number {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize } = config
  const [query, key] = [heads * headDim, keyValueHeads * headDim]
  return {
    all: 2 * hiddenSize + 3 * query + 3 * key + heads + 2 * feedForwardSize,
    attention: hiddenSize + query + heads,
    inputs: hiddenSize,
  }[keep]
}

/** Floats a row that one block's backward pass has at once, measured. */
function backwardFloats({
  hiddenSize,
  heads,
  keyValueHeads,
  headDim,
  feedForwardSize,
}: ModelConfig): number {
  return 7 * hiddenSize + 6 * heads * headDim + 6 * keyValueHeads * headDim + 5 * feedForwardSize
}

/** Floats that do not depend on the rows: weights laid out for products. */
function scratchFloats({ hiddenSize, feedForwardSize }: ModelConfig): number {
  return 5 * hiddenSize * feedForwardSize
}

/** Floats a row that one block's forward pass has at once. */
function passFloats({
  hiddenSize,
  heads,
  keyValueHeads,
  headDim,
  feedForwardSize,
}: ModelConfig): number {
  return 4 * hiddenSize + 3 * heads * headDim + 3 * keyValueHeads * headDim + 3 * feedForwardSize
}

function outsideBlocks(config: ModelConfig): number {
  const shapes = [...parameterShapes(config)]
  return sizeOf(
    shapes.flatMap(([name, shape]) =>
      name === EMBEDDING || !name.startsWith('model.layers.') ? [shape] : [],
    ),
  )
}

function sizeOf(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce(
    (sum, shape) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  )
}
