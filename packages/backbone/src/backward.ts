import { dispose, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { embeddingGradient, rmsNormGradient, tokenLogProbabilityGradient } from '@icrl/tfjs-ops'
import type { TokenLogProbabilities, TokenLogProbabilityOptions } from '@icrl/tfjs-ops'
import { blockBackward } from './block.ts'
import { type Decoder, type DecoderPass, disposePass, type PassInputs } from './decoder.ts'
import { EMBEDDING, FINAL_NORM } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'
import { Pace } from './next-turn.ts'
import { trainable } from './weight-storage.ts'

/** The head's forward pass over the chosen rows. */
export interface HeadPass {
  /** int32 `[M]` */
  readonly targets: Tensor1D
  readonly outputs: TokenLogProbabilities
  readonly options: TokenLogProbabilityOptions
}

/** ∂L/∂logprob and ∂L/∂entropy of each chosen row, `[M]`. */
export interface OutputGradients {
  readonly logprobs: Tensor1D
  readonly entropy?: Tensor1D
}

/**
 * Back-propagates through head, blocks (last to first) and embedding, and adds every parameter's
 * gradient to the sum. It uses no tape: each block's vector–Jacobian product is computed in turn,
 * and the block's activations are freed as soon as it is known. The whole pass is disposed of.
 */
export async function decoderBackward(
  decoder: Decoder,
  pass: DecoderPass,
  inputs: PassInputs,
  head: HeadPass,
  output: OutputGradients,
  gradients: GradientSum,
): Promise<void> {
  const { weights, shape } = decoder
  const pace = new Pace()
  let dresidual = headBackward(decoder, pass, inputs, head, output, gradients)
  disposePass({ ...pass, activations: [] })
  for (let layer = weights.blocks.length - 1; layer >= 0; layer--) {
    const above = dresidual
    const kept = pass.activations[layer]
    dresidual = tidy(() =>
      blockBackward(above, kept, inputs.rows, weights.blocks[layer], shape, gradients),
    )
    dispose([above, kept])
    await pace.breathe()
  }
  tidy(() =>
    gradients.add(EMBEDDING, embeddingGradient(dresidual, inputs.ids, weights.embedding.shape[0])),
  )
  dresidual.dispose()
}

function headBackward(
  { weights, shape }: Decoder,
  pass: DecoderPass,
  inputs: PassInputs,
  head: HeadPass,
  output: OutputGradients,
  gradients: GradientSum,
): Tensor2D {
  return tidy(() => {
    const forward = {
      hidden: pass.hidden,
      weight: trainable(weights.headName, weights.head),
      targets: head.targets,
      ...head.outputs,
    }
    const { dhidden, dweight } = tokenLogProbabilityGradient(
      output.logprobs,
      output.entropy,
      forward,
      head.options,
    )
    gradients.add(weights.headName, dweight)
    const { dx, dgain } = rmsNormGradient(dhidden, pass.chosen, weights.norm, shape)
    gradients.add(FINAL_NORM, dgain)
    return embeddingGradient(dx, inputs.chosen, pass.residual.shape[0])
  })
}
