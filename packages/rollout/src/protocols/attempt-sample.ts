import type { AttemptResult, Sample, SessionContext, Task } from '@icrl/core'
import { boundRole } from '../sessions/session-context.ts'

/** Options of {@link attemptSample}. */
export interface AttemptSampleOptions {
  readonly task: Task
  readonly context: SessionContext
  readonly result: AttemptResult
  /** 1-based. */
  readonly round: number
  readonly branch?: number
  /** Ids of the samples it answers. */
  readonly parents?: readonly string[]
}

/**
 * A solver's attempt as a trainable sample. A guided one is rebound: sampled under its own prompt,
 * trained under the unguided one, over the same response ids. Undefined if the solver is not
 * trained.
 *
 * @example
 * import { attemptSample, type AttemptSampleOptions } from '@icrl/rollout'
 * declare const attempted: AttemptSampleOptions
 * console.log(attemptSample(attempted)?.rewards.outcome)
 */
export function attemptSample({
  task,
  context,
  result,
  round,
  branch = 0,
  parents = [],
}: AttemptSampleOptions): Sample | undefined {
  const { policy, sampling } = boundRole(context.roles, 'solver')
  if (policy === undefined) return undefined
  const { attempt, unguidedPrompt } = result
  return {
    id: context.sampleId('solver', round, branch),
    parents,
    keys: { task: task.id, role: 'solver', session: context.session, round, branch },
    sampledUnder: attempt.prompt,
    trainedUnder: isSame(attempt.prompt, unguidedPrompt) ? attempt.prompt : unguidedPrompt,
    response: attempt.response,
    mask: attempt.mask,
    behaviorLogprobs: attempt.logprobs,
    rewards: { outcome: attempt.reward, ...attempt.components },
    reward: attempt.reward,
    success: attempt.success,
    policy,
    version: attempt.version,
    temperature: sampling.temperature,
    finish: attempt.finish,
    valid: attempt.valid,
  }
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id === b[i]))
}
