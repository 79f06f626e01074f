import { dispose, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { embeddingGradient, rmsNormGradient, tokenLogProbabilityGradient } from '@icrl/tfjs-ops'
import type { TokenLogProbabilities, TokenLogProbabilityOptions } from '@icrl/tfjs-ops'
import { blockBackward } from './block.ts'
import { type Decoder, type DecoderPass, disposePass, type PassInputs } from './decoder.ts'
import { blockParameters, EMBEDDING, FINAL_NORM } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'
import { Pace } from './next-turn.ts'

/** The head's forward pass over the chosen rows. */
export interface HeadPass {
  /** int32 `[M]` */
  readonly targets: Tensor1D
  /** What the head computed for each target. */
  readonly outputs: TokenLogProbabilities
  /** How it did, and so how its gradient does. */
  readonly options: TokenLogProbabilityOptions
}

/** ∂L/∂logprob and ∂L/∂entropy of each chosen row, `[M]`. */
export interface OutputGradients {
  /** Of the loss by each log-probability, `[targets]`. */
  readonly logprobs: Tensor1D
  /** Of the loss by each entropy, `[targets]`; left out where the loss has none. */
  readonly entropy?: Tensor1D
}

/**
 * Back-propagates through the head: adds its weight's gradient to the sum.
 *
 * @returns `[M][D]` the gradient of the pass's hidden states, for `decoderBackward`
 *
 * @example
 * import type { Tensor1D } from '@tensorflow/tfjs-core'
 *
 * declare const decoder: Decoder, scored: ScoredPack, slopes: Tensor1D, gradients: GradientSum
 * const { pass, inputs, head } = scored
 * const dhidden = headBackward(decoder, pass, head, { logprobs: slopes }, gradients)
 * await decoderBackward(decoder, pass, inputs, dhidden, gradients)
 */
export function headBackward(
  { weights }: Decoder,
  { hidden }: DecoderPass,
  head: HeadPass,
  output: OutputGradients,
  gradients: GradientSum,
): Tensor2D {
  return tidy(() => {
    const { dhidden, dweight } = tokenLogProbabilityGradient(
      output.logprobs,
      output.entropy,
      {
        hidden,
        weight: weights.head,
        targets: head.targets,
        ...head.outputs,
      },
      head.options,
      gradients.target(weights.headName),
    )
    if (dweight !== undefined) gradients.add(weights.headName, dweight)
    return dhidden
  })
}

/**
 * Back-propagates from the gradient of a pass's hidden states through the final norm, the blocks
 * (last to first) and the embedding, and adds the gradient of every parameter that learns to the
 * sum. It uses no tape: each block's vector–Jacobian product is computed in turn, and the block's
 * activations are freed as soon as it is known. It ends at the lowest block that learns. The whole
 * pass and `dhidden` are disposed of.
 *
 * @param pass kept at least from `firstLearning(decoder, gradients)` on
 * @param dhidden `[M][D]`
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const decoder: Decoder, inputs: PassInputs, gradients: GradientSum
 * declare const slopesOf: (hidden: Tensor2D) => Tensor2D // of a head of your own
 * const pass = await decoderForward(decoder, inputs, { keep: 'attention' })
 * await decoderBackward(decoder, pass, inputs, slopesOf(pass.hidden), gradients)
 */
export async function decoderBackward(
  decoder: Decoder,
  pass: DecoderPass,
  inputs: PassInputs,
  dhidden: Tensor2D,
  gradients: GradientSum,
): Promise<void> {
  const { weights, shape } = decoder
  const pace = new Pace()
  const last = firstLearning(decoder, gradients)
  let dresidual = normBackward(decoder, pass, inputs, dhidden, gradients)
  dhidden.dispose()
  disposePass({ ...pass, activations: pass.activations.slice(0, last) })
  for (let layer = weights.blocks.length - 1; layer >= last; layer--) {
    const above = dresidual
    const kept = pass.activations[layer]
    if (kept === undefined)
      throw new RangeError(
        `decoderBackward: block ${layer} kept nothing; run decoderForward with keep, and keepFrom at most firstLearning(decoder, gradients)`,
      )
    dresidual = tidy(() =>
      blockBackward(above, kept, inputs.rows, weights.blocks[layer], shape, gradients),
    )
    dispose([above, ...kept])
    await pace.breathe()
  }
  tidy(() => gradients.addRows(EMBEDDING, dresidual, inputs.ids, weights.embedding.shape[0]))
  dresidual.dispose()
}

/**
 * The lowest block that a gradient must reach: 0 if the embedding learns, the number of blocks if
 * only what is above them does. The blocks below keep no activations.
 *
 * @example
 * declare const decoder: Decoder
 * firstLearning(decoder, new GradientSum((name) => name.startsWith('model.layers.3.'))) // 3
 */
export function firstLearning({ weights }: Decoder, gradients: GradientSum): number {
  if (gradients.learns(EMBEDDING)) return 0
  const first = weights.blocks.findIndex((block) =>
    blockParameters(block).some((name) => gradients.learns(name)),
  )
  return first < 0 ? weights.blocks.length : first
}

function normBackward(
  { weights, shape }: Decoder,
  pass: DecoderPass,
  inputs: PassInputs,
  dhidden: Tensor2D,
  gradients: GradientSum,
): Tensor2D {
  return tidy(() => {
    const { dx, dgain } = rmsNormGradient(dhidden, pass.chosen, weights.norm, shape)
    gradients.add(FINAL_NORM, dgain)
    return embeddingGradient(dx, inputs.chosen, pass.residual.shape[0])
  })
}
