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
  /** How the weights are kept. Those that learn keep their masters. @defaultValue `float32` */
  readonly weights?: WeightStorage
  /** The low-rank adapter that is trained. @defaultValue none, all weights learn */
  readonly adapter?: Pick<AdapterOptions, 'rank' | 'targets'>
  /** How the optimizer's moments are kept. @defaultValue `float32` */
  readonly moments?: MomentStorage
  /** What training keeps of each block's activations. @defaultValue `all` */
  readonly keep?: KeepActivations
  /** Rows of the largest training pass: `packTokens`, or all of a batch if that is less. */
  readonly packRows: number
  /** Rows of the cache while sampling, as `plannedCacheRows` says. */
  readonly cacheRows: number
  /**
   * The backend: `native-cuda-bf16` keeps activations, keys and values in bf16, and those of a GPU
   * lay out no weights.
   *
   * @defaultValue `native-cpu`
   */
  readonly backend?: string
  /** Most bytes of weights laid out for decode steps. @defaultValue 1 GiB */
  readonly panelBytes?: number
  /** Rows of the largest prefill. @defaultValue 2,048 */
  readonly prefillRows?: number
  /**
   * Steps that snapshots sample while the policy learns (`asynchronous.staleness`).
   *
   * @defaultValue 0, where sampling and learning take turns
   */
  readonly staleness?: number
  /**
   * How snapshots keep weights that learn. Adapters are copied as they are.
   *
   * @defaultValue `float32`
   */
  readonly snapshotWeights?: WeightStorage
}

/** Bytes that tensors take at once, by what they are. */
export interface MemoryPlan {
  /** Parameters of the model. */
  readonly parameters: number
  /** Parameters that learn. */
  readonly learning: number
  /** Bytes of the weights. */
  readonly weights: number
  /** What snapshots copy, where steps are sampled ahead: of up to `staleness` + 1 at once. */
  readonly snapshots: number
  /** The optimizer's two moments. */
  readonly moments: number
  /** Gradients of one step. */
  readonly gradients: number
  /** What training keeps of a pass, and computes with, at the worst moment beside the gradients. */
  readonly activations: number
  /** Keys and values of all that sample at once. */
  readonly cache: number
  /** Weights laid out for all that sample at once: those of a base are shared. */
  readonly panels: number
  /** The most at once while training. */
  readonly training: number
  /** The most at once while sampling. */
  readonly sampling: number
  /** The larger of the two. */
  readonly peak: number
}

const FLOAT = 4
const bytesOf = (storage: WeightStorage): number => (storage === 'bf16' ? 2 : FLOAT)
/** Bytes of a moment's number; those of 8 bits share a scale by blocks of 256. */
const MOMENT: Readonly<Record<MomentStorage, number>> = { float32: 4, bf16: 2, '8bit': 1 + 4 / 256 }

/**
 * Predicts the tensor memory of a policy from its configuration, before any weight is read. Gradients
 * and activations are freed before sampling, the cache before training. With staleness k the two
 * overlap: k snapshots sample while the policy learns; k + 1, and the policy itself if it is
 * evaluated, while it waits for the next step's samples.
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
    backend = 'native-cpu',
    panelBytes = 2 ** 30,
    prefillRows = 2048,
    staleness = 0,
    snapshotWeights = 'float32',
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
  const bytes = (floats: number, halved: boolean): number =>
    FLOAT * floats - (halved ? (FLOAT / 2) * matrices : 0)
  const weights = bytes(parameters + adapted, storage === 'bf16' && adapter !== undefined)
  const moments = 2 * MOMENT[momentStorage] * learning
  const gradients = FLOAT * learning
  const widths = numberBytes(backend, config)
  const activations = activationsBeside(config, {
    kept: packRows * keptBytes(config, keep, widths),
    working: packRows * backwardBytes(config, widths) + scratchBytes(config, widths),
    gradients,
    tied: !adapter,
  })
  const copy = bytes(learning, snapshotWeights === 'bf16' && adapter === undefined)
  const ofOne = {
    cache: 2 * widths.ofHeads * layers * keyValueHeads * headDim * cacheRows,
    panels: widths.gpu ? 0 : Math.min(panelBytes, bytesOf(storage) * matrices),
    prefill: FLOAT * Math.min(prefillRows, cacheRows) * passFloats(config),
  }
  /** Of as many as sample at once. */
  const samplers = (count: number): typeof ofOne => ({
    cache: count * ofOne.cache,
    panels: (adapter ? Math.min(1, count) : count) * ofOne.panels,
    prefill: count * ofOne.prefill,
  })
  const snapshots = staleness > 0 ? (staleness + 1) * copy : 0
  const { cache, panels, prefill } = samplers(staleness > 0 ? staleness + 2 : 1)
  const beside = samplers(staleness)
  const training =
    weights +
    moments +
    gradients +
    activations +
    (staleness * copy + beside.cache + beside.panels + beside.prefill)
  const sampling = weights + moments + snapshots + cache + panels + prefill
  return {
    parameters,
    learning,
    weights,
    snapshots,
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
    kept,
    working,
    gradients,
    tied,
  }: {
    /** Bytes of one block. */
    readonly kept: number
    /** What the backward pass of one block takes beside. */
    readonly working: number
    readonly gradients: number
    readonly tied: boolean
  },
): number {
  const { layers } = config
  const outside = tied ? Math.min(gradients, FLOAT * outsideBlocks(config)) : 0
  const ofBlock = (gradients - outside) / layers
  const moments = Array.from({ length: layers }, (_, above) => {
    const there = outside + (above + 1) * ofBlock
    return there + (layers - above) * kept + working
  })
  return Math.max(...moments) - gradients
}

/** What a backend keeps numbers in, and where it works. */
interface NumberBytes {
  /** Bytes of what products round, and of what attention rounds with the heads that a model has. */
  readonly ofProducts: number
  readonly ofHeads: number
  /** Whether it rounds those. */
  readonly rounds: boolean
  /** Of a GPU: kernels work in its memory, and no weights are laid out. */
  readonly gpu: boolean
}

function numberBytes(backend: string, { headDim }: ModelConfig): NumberBytes {
  const rounds = backend === BF16_BACKEND
  return {
    ofProducts: bytesOf(rounds ? 'bf16' : 'float32'),
    ofHeads: bytesOf(rounds && headDim <= BF16_HEADS ? 'bf16' : 'float32'),
    rounds,
    gpu: backend.startsWith('native-cuda'),
  }
}

/** The backend that multiplies in bf16, and its widest heads. */
const BF16_BACKEND = 'native-cuda-bf16'
const BF16_HEADS = 128

/** Bytes a row that a block keeps, as `KeepActivations` says. */
function keptBytes(
  config: ModelConfig,
  keep: KeepActivations,
  { ofProducts, ofHeads }: NumberBytes,
): number {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize } = config
  const [query, key] = [heads * headDim, keyValueHeads * headDim]
  const byProducts = 2 * query + key + 2 * feedForwardSize
  return {
    all: FLOAT * (2 * hiddenSize + heads) + ofProducts * byProducts + ofHeads * (query + 2 * key),
    attention: FLOAT * (hiddenSize + heads) + ofProducts * query,
    inputs: FLOAT * hiddenSize,
  }[keep]
}

/** Bytes a row that one block's backward pass has at once, measured: the block, and its gradients. */
function backwardBytes(config: ModelConfig, widths: NumberBytes): number {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize } = config
  const [query, key] = [heads * headDim, keyValueHeads * headDim]
  const block = keptBytes(config, 'all', widths)
  const kernels = widths.gpu
    ? FLOAT * (hiddenSize + feedForwardSize) + (widths.rounds ? 2 * feedForwardSize : 0)
    : 0
  const upToAttention = 5 * hiddenSize + 3 * (query + key + feedForwardSize)
  if (!widths.rounds) return block + kernels + FLOAT * upToAttention
  // What an operation reads is widened for it.
  const ofMlp = 3 * hiddenSize + query + 5 * feedForwardSize
  return block + kernels + FLOAT * Math.max(upToAttention + query + key, ofMlp)
}

/** Bytes that do not depend on the rows: weights laid out for products, or a weight's gradient. */
function scratchBytes({ hiddenSize, feedForwardSize }: ModelConfig, { gpu }: NumberBytes): number {
  return FLOAT * (gpu ? 1.5 : 5) * hiddenSize * feedForwardSize
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
