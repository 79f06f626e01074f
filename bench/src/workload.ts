import type { LocalPolicy } from '@icrl/backbone'
import {
  drawStream,
  type DrawKey,
  type Generation,
  type LossSlopes,
  type PassItem,
  type TokenScores,
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

/**
 * A made-up advantage of one of a group's answers: the first quarter of a group was right, in
 * standard deviations of the group.
 */
export function advantageOf(index: number, group: number): number {
  const right = Math.ceil(group / 4) / group
  const reward = (index % group) / group < right ? 1 : 0
  return (reward - right) / Math.sqrt(right * (1 - right))
}

/** −Σ advantage · logprob per token: the policy gradient's loss where the policy is the sampler. */
export function groupLoss(scores: readonly TokenScores[], group: number): number {
  const tokens = scores.reduce((count, { logprobs }) => count + logprobs.length, 0)
  const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0)
  return (
    -scores.reduce((total, { logprobs }, i) => total + advantageOf(i, group) * sum(logprobs), 0) /
    tokens
  )
}

/** One optimizer step of that loss on groups of answers; returns their scores before it. */
export async function groupStep(
  policy: LocalPolicy,
  items: readonly PassItem[],
  group: number,
): Promise<TokenScores[]> {
  const tokens = items.reduce((count, { response }) => count + response.length, 0)
  const slopes: LossSlopes = (indices) =>
    indices.map((i) => ({
      logprobs: new Float32Array(items[i].response.length).fill(-advantageOf(i, group) / tokens),
    }))
  const scores = await policy.accumulate(items, slopes)
  await policy.step({ learningRate: 1e-4 })
  return scores
}
