import type { LocalPolicy } from '@icrl/backbone'
import type { DrawKey, Generation, Objective, TrainItem } from '@icrl/core'

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
        key: keyOf(session),
      }),
    ),
  )
}

/** The batch as training items with a made-up response and slope of 1 a token. */
export function trainItems(policy: LocalPolicy, workload: Workload): TrainItem[] {
  return Array.from({ length: workload.batch }, (_, session) => {
    const response = Int32Array.from(
      { length: workload.fresh },
      (_, t) => (session * 13 + t * 29) % policy.config.vocabularySize,
    )
    const ones = new Float32Array(workload.fresh).fill(1 / (workload.batch * workload.fresh))
    const mask = new Uint8Array(workload.fresh).fill(1)
    return {
      prompt: promptOf(policy, workload, session),
      response,
      temperature: 1,
      unit: `${session}`,
      input: { mask, coefficients: ones, advantages: ones },
    }
  })
}

/** Negative log-likelihood with the items' coefficients. */
export const likelihood: Objective = {
  name: 'likelihood',
  evaluate: (unit) =>
    unit.map(({ logprobs, coefficients }) => {
      const losses = Float32Array.from(logprobs, (logprob, t) => -logprob * coefficients[t])
      return {
        value: losses.reduce((total, loss) => total + loss, 0),
        losses,
        gradient: Float32Array.from(coefficients, (c) => -c),
      }
    }),
}

/** One optimizer step on the whole batch; returns the mean negative log-likelihood before it. */
export async function trainStep(policy: LocalPolicy, items: readonly TrainItem[]): Promise<number> {
  const scores = await policy.accumulate(items, likelihood)
  await policy.step({ learningRate: 1e-4 })
  const tokens = scores.reduce((count, { logprobs }) => count + logprobs.length, 0)
  return (
    -scores.reduce(
      (total, { logprobs }) => total + logprobs.reduce((sum, logprob) => sum + logprob, 0),
      0,
    ) / tokens
  )
}
