import { dispose, gather, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { embedding, rmsNorm } from '@icrl/tfjs-ops'
import {
  type BlockActivations,
  blockForward,
  type KeepActivations,
  type PackedRows,
} from './block.ts'
import type { DecoderBlockShape } from '@icrl/tfjs-ops'
import type { Adapter } from './adapter.ts'
import type { ModelConfig } from './config.ts'
import { type DecoderWeights, placeWeights } from './decoder-weights.ts'
import type { PanelCopies } from './panel-copies.ts'
import { Pace } from './next-turn.ts'
import type { Weight } from './weight-storage.ts'

/** A model ready to compute: its configuration, its weights in place, and what its blocks share. */
export interface Decoder {
  /** The architecture. */
  readonly config: ModelConfig
  /** The weights that it computes with. */
  readonly weights: DecoderWeights
  /** Heads and sizes of its blocks. */
  readonly shape: DecoderBlockShape
  /** If its matrices never change: copies of them for decode steps. */
  readonly frozenPanels?: PanelCopies
}

/** The options of a model's fused operations. */
export function blockShapeOf({
  heads,
  keyValueHeads,
  headDim,
  epsilon,
  rotary,
}: ModelConfig): DecoderBlockShape {
  return {
    heads,
    keyValueHeads,
    headDim,
    scale: rotary.attentionFactor ** 2 / Math.sqrt(headDim),
    epsilon,
    inverseFrequencies: rotary.inverseFrequencies,
  }
}

/**
 * Puts a model's parameters in place, ready to compute, with an adapter if there is one.
 *
 * @throws IcrlError `corrupt-file` where a parameter is missing, `invalid-shape` where one has
 * another shape
 *
 * @example
 * const { config, parameters } = await loadModelFolder('SmolLM2-135M-Instruct')
 * const decoder = createDecoder(config, parameters)
 */
export function createDecoder(
  config: ModelConfig,
  parameters: ReadonlyMap<string, Weight>,
  adapter?: Adapter,
): Decoder {
  return { config, weights: placeWeights(config, parameters, adapter), shape: blockShapeOf(config) }
}

/** What a full pass reads. */
export interface PassInputs {
  /** int32 `[N]` token ids. */
  readonly ids: Tensor1D
  /** The rows of the pass, packed. */
  readonly rows: PackedRows
  /**
   * int32 `[M]` rows whose hidden states are wanted, in any order, repeated where several tokens
   * follow one row.
   */
  readonly chosen: Tensor1D
}

/** What a full pass keeps and reports. */
export interface PassOptions {
  /** What the blocks keep for a backward pass; `nothing` if none will follow. */
  readonly keep: KeepActivations | 'nothing'
  /** The first block that keeps something. @defaultValue 0, the first of all */
  readonly keepFrom?: number
  /**
   * Sees each block's rotated keys and values, e.g. to fill a cache.
   *
   * @defaultValue they are not shown
   */
  readonly onKeysAndValues?: (layer: number, key: Tensor2D, value: Tensor2D) => void
}

/**
 * The result of a full pass over packed rows: the last block's output, the chosen rows of it, and
 * what each block kept.
 */
export interface DecoderPass {
  /** `[N][D]` before the final norm. */
  readonly residual: Tensor2D
  /** `[M][D]` the chosen rows, before the final norm and after. */
  readonly chosen: Tensor2D
  /** Last hidden states, after the final norm: `[rows, hiddenSize]`. */
  readonly hidden: Tensor2D
  /** By block; undefined where nothing was kept. */
  readonly activations: readonly (BlockActivations | undefined)[]
}

/**
 * Runs the decoder over packed rows and yields to the event loop between blocks. The caller
 * disposes of the pass.
 *
 * @example
 * declare const decoder: Decoder, inputs: PassInputs
 * const pass = await decoderForward(decoder, inputs, { keep: 'nothing' })
 * pass.hidden // [M][D], of the chosen rows
 * disposePass(pass)
 */
export async function decoderForward(
  { weights, shape }: Decoder,
  inputs: PassInputs,
  options: PassOptions,
): Promise<DecoderPass> {
  const pace = new Pace()
  const { keep, keepFrom = 0 } = options
  const activations: (BlockActivations | undefined)[] = []
  let residual = embedding(weights.embedding, inputs.ids)
  for (const [layer, block] of weights.blocks.entries()) {
    const input = residual
    const isKept = keep !== 'nothing' && layer >= keepFrom
    // What the callback keeps of keys and values it must copy: they end with this scope.
    const { output, kept } = tidy(() => {
      const found = blockForward(input, inputs.rows, block, shape, isKept ? keep : 'inputs')
      options.onKeysAndValues?.(layer, found.key, found.value)
      return { output: found.output, kept: isKept ? [...found.kept] : [] }
    })
    if (!isKept) input.dispose()
    activations.push(isKept ? kept : undefined)
    residual = output
    await pace.breathe()
  }
  const chosen = gather(residual, inputs.chosen)
  return { residual, chosen, hidden: rmsNorm(chosen, weights.norm, shape), activations }
}

/**
 * Disposes of a pass and all it kept.
 *
 * @example
 * declare const pass: DecoderPass
 * disposePass(pass)
 */
export function disposePass({ residual, chosen, hidden, activations }: DecoderPass): void {
  dispose([residual, chosen, hidden, ...activations.flatMap((kept) => kept ?? [])])
}
