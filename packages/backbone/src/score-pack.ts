import { dispose, div, matMul, mean, reshape, sub, tensor1d, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { tokenLogProbability } from '@icrl/tfjs-ops'
import type { ScoreOptions } from '@icrl/core'
import type { HeadPass } from './backward.ts'
import {
  type Decoder,
  decoderForward,
  type DecoderPass,
  disposePass,
  type PassInputs,
  type PassOptions,
} from './decoder.ts'
import type { DecoderWeights } from './decoder-weights.ts'
import type { Pack } from './pack.ts'
import { widened } from './weight-storage.ts'

/** A pack's forward pass with the head on top; `disposeScored` frees all of it. */
export interface ScoredPack {
  /** What the pass was given. */
  readonly inputs: PassInputs
  /** What the decoder computed and keeps for the gradient. */
  readonly pass: DecoderPass
  /** What the head computed. */
  readonly head: HeadPass
}

/**
 * A pack as tensors; `disposeInputs` frees them.
 *
 * @example
 * declare const decoder: Decoder, items: readonly PackItem[]
 * const inputs = packInputs(packItems(items))
 * const pass = await decoderForward(decoder, inputs, { keep: 'nothing' })
 */
export function packInputs(pack: Pack): PassInputs {
  return {
    ids: tensor1d(pack.ids, 'int32'),
    rows: { positions: tensor1d(pack.positions, 'int32'), layout: pack.layout },
    chosen: tensor1d(pack.chosen, 'int32'),
  }
}

/**
 * Runs a pack through the model and its head.
 *
 * @example
 * declare const decoder: Decoder, items: readonly PackItem[]
 * const pack = packItems(items)
 * const scored = await forwardPack(decoder, pack, { keep: 'nothing', entropy: false })
 * const { logprobs } = await readScores(decoder, scored, {})
 * disposeScored(scored)
 */
export async function forwardPack(
  decoder: Decoder,
  pack: Pack,
  options: PassOptions & { readonly entropy: boolean },
): Promise<ScoredPack> {
  const inputs = packInputs(pack)
  const pass = await decoderForward(decoder, inputs, options)
  const targets = tensor1d(pack.targets, 'int32')
  const headOptions = { temperatures: pack.temperatures, entropy: options.entropy }
  return {
    inputs,
    pass,
    head: {
      targets,
      options: headOptions,
      outputs: tokenLogProbability(pass.hidden, decoder.weights.head, targets, headOptions),
    },
  }
}

/**
 * Disposes of what `packInputs` made.
 *
 * @example
 * declare const inputs: PassInputs
 * disposeInputs(inputs)
 */
export function disposeInputs({ ids, rows, chosen }: PassInputs): void {
  dispose([ids, rows.positions, chosen])
}

/**
 * Disposes of what `forwardPack` made.
 *
 * @example
 * declare const scored: ScoredPack
 * disposeScored(scored)
 */
export function disposeScored({ inputs, head, pass }: ScoredPack): void {
  disposeInputs(inputs)
  dispose([head.targets, ...Object.values(head.outputs)])
  disposePass(pass)
}

/** Scores of each scored token, `[M]`. */
export interface PackScores {
  /** Log-probability of each scored token, `[targets]`. */
  readonly logprobs: Float32Array
  /** Entropy of each distribution in nats, `[targets]`, where it was asked for. */
  readonly entropy?: Float32Array
  /** KL(uniform ‖ distribution) in nats, `[targets]`, where it was asked for. */
  readonly selfCertainty?: Float32Array
}

/**
 * Reads a pack's scores, in the order of its scored tokens: `pack.items` and `pack.tokens` say whose
 * they are.
 *
 * @example
 * declare const decoder: Decoder, scored: ScoredPack
 * const { logprobs, entropy } = await readScores(decoder, scored, { entropy: true })
 */
export async function readScores(
  decoder: Decoder,
  { pass, head }: ScoredPack,
  want: ScoreOptions,
): Promise<PackScores> {
  const { logprobs, logsumexp, entropy } = head.outputs
  const certainty = want.selfCertainty
    ? selfCertainty(pass.hidden, decoder.weights.head, logsumexp, head.options.temperatures)
    : undefined
  const scores = {
    logprobs: await logprobs.data<'float32'>(),
    ...(want.entropy ? { entropy: await entropy.data<'float32'>() } : {}),
    ...(certainty ? { selfCertainty: await certainty.data<'float32'>() } : {}),
  }
  certainty?.dispose()
  return scores
}

/**
 * KL from the uniform distribution to the softmax (Kang et al. 2025, arXiv 2502.18581),
 * `logsumexp z − mean z − log V`. The mean logit is the hidden state's product with the mean row of
 * the head, so that no logits are needed.
 */
function selfCertainty(
  hidden: Tensor2D,
  head: DecoderWeights['head'],
  logsumexp: Tensor1D,
  temperatures: Float32Array,
): Tensor1D {
  return tidy(() => {
    const meanRow: Tensor2D = reshape(mean(widened(head), 0), [1, hidden.shape[1]])
    const meanLogit = div(
      reshape(matMul(hidden, meanRow, false, true), [-1]),
      tensor1d(temperatures),
    )
    return sub(sub(logsumexp, meanLogit), Math.log(head.shape[0]))
  })
}
