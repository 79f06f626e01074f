import { IcrlError } from '@icrl/core'
import type { PassItem, ScoreOptions, TokenScores, TokenSlopes } from '@icrl/core'
import { tensor1d } from '@tensorflow/tfjs-core'
import { type AccumulateCall, askSlopes } from './ask-slopes.ts'
import { decoderBackward, firstLearning, headBackward } from './backward.ts'
import type { KeepActivations } from './block.ts'
import type { Decoder } from './decoder.ts'
import type { GradientSum } from './gradient-sum.ts'
import { emptyScores, placeScores } from './inference.ts'
import { type Pack, packItems } from './pack.ts'
import { disposeScored, forwardPack, readScores, type ScoredPack } from './score-pack.ts'
import { splitIntoPacks } from './split-into-packs.ts'

/** What the passes of one `accumulate` work with. */
export interface TrainingPasses {
  readonly decoder: Decoder
  readonly call: AccumulateCall
  readonly want: ScoreOptions
  /** The call's gradient is added here. */
  readonly gradients: GradientSum
  /** What the blocks keep for the backward pass. */
  readonly keep: KeepActivations
  /** Most rows of a pass, unless one item alone has more. */
  readonly packTokens: number
}

/**
 * Forward pass, slopes and backward pass of every pack of a call: adds its gradient to the sum. A
 * unit that is larger than a pack is scored in passes first; once its slopes are known it is
 * computed again and back-propagated in passes.
 *
 * @returns the items' scores
 */
export async function accumulateItems(passes: TrainingPasses): Promise<TokenScores[]> {
  const { call, want, packTokens } = passes
  const { items } = call
  const scores = emptyScores(items, want)
  const { learning, scored } = separated(items, packTokens)
  for (const members of scored) {
    await scorePart(passes, members, scores)
    checkZero(slopesOf(call, members, scores), members)
  }
  for (const members of learning) {
    const alone = members.map((i) => ({ ...items[i], unit: undefined }))
    const parts = splitIntoPacks(alone, packTokens).map((part) => part.map((m) => members[m]))
    if (parts.length > 1) await trainInParts(passes, members, parts, scores)
    else await trainPack(passes, members, scores, () => slopesOf(call, members, scores))
  }
  return scores
}

/** Items of two kinds, in packs. */
interface SeparatedPacks {
  /** Through which gradients flow. */
  readonly learning: readonly (readonly number[])[]
  /** Of items whose scores alone are wanted. */
  readonly scored: readonly (readonly number[])[]
}

/** Items that are only scored have packs of their own where that saves one with a backward pass. */
function separated(items: readonly PassItem[], packTokens: number): SeparatedPacks {
  const together = splitIntoPacks(items, packTokens)
  const learns = new Set(items.flatMap(({ scoreOnly, unit }, i) => (scoreOnly ? [] : [unit ?? i])))
  const packsOf = (wanted: boolean): number[][] => {
    const places = items.flatMap(({ unit }, i) => (learns.has(unit ?? i) === wanted ? [i] : []))
    return splitIntoPacks(
      places.map((i) => items[i]),
      packTokens,
    ).map((pack) => pack.map((place) => places[place]))
  }
  const learning = packsOf(true)
  return learning.length < together.length
    ? { learning, scored: packsOf(false) }
    : { learning: together, scored: [] }
}

/** @throws `invalid-option` if an item that was only scored has a slope after all */
function checkZero(slopes: readonly TokenSlopes[], members: readonly number[]): void {
  const at = slopes.findIndex(
    ({ logprobs, entropy }) => !logprobs.every(isZero) || !(entropy?.every(isZero) ?? true),
  )
  if (at < 0) return
  throw new IcrlError(`accumulate: item ${members[at]} is \`scoreOnly\`, and has a slope.`, {
    code: 'invalid-option',
    remedy: 'Announce `scoreOnly` only where all slopes are 0.',
  })
}

async function trainInParts(
  passes: TrainingPasses,
  members: readonly number[],
  parts: readonly (readonly number[])[],
  scores: readonly TokenScores[],
): Promise<void> {
  for (const part of parts) await scorePart(passes, part, scores)
  const slopes = slopesOf(passes.call, members, scores)
  const of = new Map(members.map((i, m) => [i, slopes[m]]))
  for (const part of parts)
    await trainPack(passes, part, scores, () => part.map((i) => of.get(i) as TokenSlopes))
}

function slopesOf(
  call: AccumulateCall,
  members: readonly number[],
  scores: readonly TokenScores[],
): readonly TokenSlopes[] {
  return askSlopes(
    call,
    members,
    members.map((i) => scores[i]),
  )
}

async function scorePart(
  { decoder, call, want }: TrainingPasses,
  part: readonly number[],
  scores: readonly TokenScores[],
): Promise<void> {
  const pack = packItems(part.map((i) => call.items[i]))
  if (pack.chosen.length === 0) return
  const scored = await forwardPack(decoder, pack, {
    keep: 'nothing',
    entropy: want.entropy ?? false,
  })
  try {
    placeScores(scores, part, pack, await readScores(decoder, scored, want))
  } finally {
    disposeScored(scored)
  }
}

/** One pass: the scores of its members, their slopes, and the gradient unless all are zero. */
async function trainPack(
  { decoder, call, want, gradients, keep }: TrainingPasses,
  members: readonly number[],
  scores: readonly TokenScores[],
  slopesFor: () => readonly TokenSlopes[],
): Promise<void> {
  const pack = packItems(members.map((i) => call.items[i]))
  if (pack.chosen.length === 0) {
    slopesFor()
    return
  }
  const scored = await forwardPack(decoder, pack, {
    keep,
    keepFrom: firstLearning(decoder, gradients),
    entropy: want.entropy ?? false,
  })
  try {
    placeScores(scores, members, pack, await readScores(decoder, scored, want))
    await backPropagate(decoder, scored, slopesOfRows(slopesFor(), pack), gradients)
  } finally {
    disposeScored(scored)
  }
}

async function backPropagate(
  decoder: Decoder,
  scored: ScoredPack,
  slopes: TokenSlopes,
  gradients: GradientSum,
): Promise<void> {
  if (slopes.logprobs.every(isZero) && (slopes.entropy?.every(isZero) ?? true)) return
  const output = {
    logprobs: tensor1d(slopes.logprobs),
    ...(slopes.entropy ? { entropy: tensor1d(slopes.entropy) } : {}),
  }
  const dhidden = headBackward(decoder, scored.pass, scored.head, output, gradients)
  output.logprobs.dispose()
  output.entropy?.dispose()
  await decoderBackward(decoder, scored.pass, scored.inputs, dhidden, gradients)
}

const isZero = (value: number): boolean => value === 0

/** ∂L/∂logprob and ∂L/∂entropy of each scored token of the pack, `[M]`. */
function slopesOfRows(slopes: readonly TokenSlopes[], pack: Pack): TokenSlopes {
  const { length } = pack.items
  const logprobs = new Float32Array(length)
  const entropy = slopes.some((one) => one.entropy) ? new Float32Array(length) : undefined
  for (let m = 0; m < length; m++) {
    const own = slopes[pack.items[m]]
    logprobs[m] = own.logprobs[pack.tokens[m]]
    if (entropy !== undefined && own.entropy !== undefined) entropy[m] = own.entropy[pack.tokens[m]]
  }
  return entropy === undefined ? { logprobs } : { logprobs, entropy }
}
