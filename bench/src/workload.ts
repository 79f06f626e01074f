import type { LocalPolicy } from '@icrl/backbone'
import {
  drawStream,
  type DrawKey,
  type Generation,
  type LossSlopes,
  type PassItem,
} from '@icrl/core'

/**
 * What to sample and train on: `batch` sequences of `prompt` given and `fresh` sampled tokens,
 * `group` of them on each prompt.
 */
export interface Workload {
  batch: number
  prompt: number
  fresh: number
  group: number
}

const keyOf = (session: number): DrawKey => ({
  seed: 1,
  domain: 'train',
  step: 0,
  task: 'bench',
  session,
  role: 'solver',
  round: 1,
  branch: 0,
  turn: 0,
})

/** The prompt of one of the batch's sequences. */
export function promptOf(
  policy: LocalPolicy,
  { prompt, group }: Workload,
  session: number,
): Int32Array {
  return Int32Array.from(
    { length: prompt },
    (_, t) =>
      (Math.floor(session / group) * 31 + t * 17 + t * t * 5) % policy.config.vocabularySize,
  )
}

/** Samples the whole batch, no stop ids. */
export function sampleBatch(policy: LocalPolicy, workload: Workload): Promise<Generation[]> {
  return Promise.all(
    Array.from({ length: workload.batch }, (_, session) =>
      policy.sample({
        prompt: promptOf(policy, workload, session),
        maxTokens: workload.fresh,
        temperature: 1,
        stop: [],
        draws: drawStream(keyOf(session)),
      }),
    ),
  )
}

/** The batch as training items with a made-up response. */
export function trainItems(policy: LocalPolicy, workload: Workload): PassItem[] {
  return Array.from({ length: workload.batch }, (_, session) => {
    const response = Int32Array.from(
      { length: workload.fresh },
      (_, t) => (session * 13 + t * 29) % policy.config.vocabularySize,
    )
    return { prompt: promptOf(policy, workload, session), response, temperature: 1 }
  })
}

/** Slopes of the mean negative log-likelihood per token. */
function likelihood(items: readonly PassItem[]): LossSlopes {
  const tokens = items.reduce((count, { response }) => count + response.length, 0)
  return (indices) =>
    indices.map((index) => ({
      logprobs: new Float32Array(items[index].response.length).fill(-1 / tokens),
    }))
}

/** One optimizer step on the whole batch; returns the mean negative log-likelihood before it. */
export async function trainStep(policy: LocalPolicy, items: readonly PassItem[]): Promise<number> {
  const scores = await policy.accumulate(items, likelihood(items))
  await policy.step({ learningRate: 1e-4 })
  const tokens = scores.reduce((count, { logprobs }) => count + logprobs.length, 0)
  return (
    -scores.reduce(
      (total, { logprobs }) => total + logprobs.reduce((sum, logprob) => sum + logprob, 0),
      0,
    ) / tokens
  )
}
