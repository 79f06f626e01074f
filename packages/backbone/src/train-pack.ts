import type { Objective, TokenScores, TrainItem } from '@icrl/core'
import { tensor1d } from '@tensorflow/tfjs-core'
import { decoderBackward } from './backward.ts'
import { type Decoder, disposePass } from './decoder.ts'
import { evaluateUnits } from './evaluate-units.ts'
import type { GradientSum } from './gradient-sum.ts'
import { emptyScores, placeScores } from './inference.ts'
import { type Pack, packItems } from './pack.ts'
import { disposeInputs, forwardPack, readScores } from './score-pack.ts'

/**
 * Forward pass, objective and backward pass of one pack: adds its gradient to the sum, returns its
 * items' scores.
 */
export async function trainPack(
  decoder: Decoder,
  items: readonly TrainItem[],
  objective: Objective,
  gradients: GradientSum,
): Promise<TokenScores[]> {
  const want = { entropy: objective.wantsEntropy ?? false }
  const packed = items.map(({ prompt, response, temperature, input }) => ({
    prompt,
    response,
    temperature,
    mask: input.mask,
  }))
  const scores = emptyScores(packed, want)
  const pack = packItems(packed)
  if (pack.chosen.length === 0) {
    evaluateUnits(objective, items, scores)
    return scores
  }
  const scored = await forwardPack(decoder, pack, { keepActivations: true, ...want })
  try {
    placeScores(scores, [...items.keys()], pack, await readScores(decoder, scored, want))
    const slopes = slopesOf(objective, items, scores, pack)
    if (slopes.logprobs.every(isZero) && (slopes.entropy?.every(isZero) ?? true)) return scores
    const output = {
      logprobs: tensor1d(slopes.logprobs),
      ...(slopes.entropy ? { entropy: tensor1d(slopes.entropy) } : {}),
    }
    await decoderBackward(decoder, scored.pass, scored.inputs, scored.head, output, gradients)
    output.logprobs.dispose()
    output.entropy?.dispose()
    return scores
  } finally {
    disposeInputs(scored)
    disposePass(scored.pass)
  }
}

const isZero = (value: number): boolean => value === 0

/** ∂L/∂logprob and ∂L/∂entropy of each scored token of the pack. */
function slopesOf(
  objective: Objective,
  items: readonly TrainItem[],
  scores: readonly TokenScores[],
  pack: Pack,
): { logprobs: Float32Array; entropy?: Float32Array } {
  const results = evaluateUnits(objective, items, scores)
  const { length } = pack.items
  const logprobs = new Float32Array(length)
  const entropy = objective.wantsEntropy ? new Float32Array(length) : undefined
  for (let m = 0; m < length; m++) {
    const { gradient, entropyGradient } = results[pack.items[m]]
    logprobs[m] = gradient[pack.tokens[m]]
    if (entropy !== undefined && entropyGradient !== undefined)
      entropy[m] = entropyGradient[pack.tokens[m]]
  }
  return entropy === undefined ? { logprobs } : { logprobs, entropy }
}
