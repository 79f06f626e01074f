import { IcrlError, type StepOptions } from '@icrl/core'
import type { Datum } from '../protocol/pass.ts'
import type { AdamClock } from './adam-clock.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import { ofResponse, type PendingItem, surrogateData } from './surrogate.ts'
import type { TinkerModel } from './tinker-model.ts'

/** A gradient is measured by this part of it, a power of 2: float32 keeps its digits. */
const MEASURED = 2 ** -16

/** What a step is made with. */
export interface StepParts {
  readonly model: TinkerModel
  readonly clock: AdamClock
  readonly server: TinkerCapabilities
  /** Sent where no item has a gradient: servers refuse a step without a pass. */
  readonly empty: Datum
  /** Version of the weights that were scored, and the most by which they may differ, nats. */
  readonly version: string
  readonly tolerance: number
}

/**
 * One optimizer step by the surrogate of what was accumulated: checked, and returned as what makes it.
 * Until that is called nothing has been sent. It returns the gradient's norm before clipping, if the
 * server reports one.
 *
 * @throws IcrlError `invalid-option`, `unsupported` for a norm that the server cannot clip by,
 * `non-finite`; on being called `run-conflict` if other weights trained than those that were scored
 */
export function prepareStep(
  parts: StepParts,
  pending: readonly PendingItem[],
  { learningRate, clipNorm }: StepOptions,
): () => Promise<number | undefined> {
  const { model, clock, empty } = parts
  const { reduction, clipping } = parts.server
  checkStep(learningRate, clipNorm, clipping)
  const isMeasured = clipNorm !== undefined && clipping === 'measured' && pending.length > 0
  // What float32 cannot hold is refused here, before anything is sent.
  const data = surrogateData(pending, reduction)
  return async () => {
    const norm = isMeasured ? await measure(parts, pending) : undefined
    const isClipped = norm !== undefined && norm > clipNorm!
    const clipped = isClipped ? surrogateData(pending, reduction, clipNorm! / norm) : data
    const bound = clipping === 'server' ? clipNorm : undefined
    const sent = clipped.length > 0 ? clipped : [empty]
    const made = await model.train(sent, clock.step(learningRate, bound))
    requireScored(parts, pending, made.logprobs)
    return norm ?? made.norm
  }
}

/** The norm of a gradient: of a small part of it, in a step that changes nothing. */
async function measure(parts: StepParts, pending: readonly PendingItem[]): Promise<number> {
  const { model, clock, server } = parts
  const data = surrogateData(pending, server.reduction, MEASURED)
  const { logprobs, norm } = await model.train(data, clock.measure())
  requireScored(parts, pending, logprobs)
  if (norm === undefined)
    throw new IcrlError('step: the server reported no gradient norm.', {
      code: 'unsupported',
      remedy: 'Give `capabilities: { clipping: "server" }` if it clips itself, or no `clipNorm`.',
    })
  return norm / MEASURED
}

/** @throws IcrlError `run-conflict` if other weights trained than those that were scored */
function requireScored(
  { version, tolerance }: StepParts,
  pending: readonly PendingItem[],
  found: readonly Float32Array[],
): void {
  let [apart, count] = [0, 0]
  pending.forEach(({ item, logprobs }, i) =>
    ofResponse(item, found[i]).forEach((value, t) => {
      apart += Math.abs(value - logprobs[t])
      count++
    }),
  )
  if (count === 0 || apart / count <= tolerance) return
  throw new IcrlError(
    `step: the weights on the server are not those of ${version} that were scored: log-probabilities differ by ${(apart / count).toPrecision(3)} on average.`,
    {
      code: 'run-conflict',
      remedy:
        'It was restored, or another client trains or samples this model. Resume from the last checkpoint; where sums differ this much by themselves, raise `tolerance`.',
      triedEnough: true,
    },
  )
}

function checkStep(
  learningRate: number,
  clipNorm: number | undefined,
  clipping: TinkerCapabilities['clipping'],
): void {
  const invalid = (message: string): IcrlError =>
    new IcrlError(`step: ${message}`, { code: 'invalid-option', remedy: 'Use a positive number.' })
  if (!(Number.isFinite(learningRate) && learningRate >= 0))
    throw invalid(`learningRate is ${learningRate}.`)
  if (clipNorm !== undefined && !(clipNorm > 0)) throw invalid(`clipNorm is ${clipNorm}.`)
  if (clipNorm === undefined || clipping !== 'none') return
  throw new IcrlError(`step: clipNorm ${clipNorm}, which this server cannot clip by.`, {
    code: 'unsupported',
    remedy:
      'Give no `clipNorm`, or `capabilities: { clipping: "server" }` if its documentation says that it honors grad_clip_norm.',
  })
}
