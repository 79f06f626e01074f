import type { AttemptResult, Sample, SessionContext, Task } from '@icrl/core'
import { turnSample } from './turn-sample.ts'

/** Options of {@link attemptSample}. */
export interface AttemptSampleOptions {
  /** What was attempted. */
  readonly task: Task
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** What came of it. */
  readonly result: AttemptResult
  /** 1-based. */
  readonly round: number
  /** Which of several attempts of the round. @defaultValue 0 */
  readonly branch?: number
  /** Ids of the samples it answers. @defaultValue none */
  readonly parents?: readonly string[]
}

/**
 * An attempt as a trainable sample. A guided one is rebound: sampled under its own prompt, trained
 * under the unguided one, over the same response ids. Undefined if the role is not trained.
 *
 * @example
 * import { attemptSample, type AttemptSampleOptions } from '@icrl/rollout'
 * declare const attempted: AttemptSampleOptions
 * console.log(attemptSample(attempted)?.rewards.outcome)
 */
export function attemptSample({ result, ...options }: AttemptSampleOptions): Sample | undefined {
  const { attempt, unguidedPrompt, role = 'solver' } = result
  const { prompt, valid, components, reward, success } = attempt
  return turnSample({
    ...options,
    role,
    prompt,
    learnUnder: unguidedPrompt,
    response: attempt,
    valid,
    outcome: { reward, success },
    components,
  })
}
