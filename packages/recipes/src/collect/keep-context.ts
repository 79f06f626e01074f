import { isRebound, type Collector, type Task } from '@icrl/core'

/**
 * Sessions whose guided attempts stay under the prompt that they were sampled under: for methods that
 * learn to use guidance, where ICRL learns to do without it.
 *
 * @example
 * import { collectSessions, keepContext, type CollectSessionsOptions } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: CollectSessionsOptions<QuestionTask>
 * const collect = keepContext(collectSessions(options))
 */
export function keepContext<T extends Task>(collect: Collector<T>): Collector<T> {
  return async (context) =>
    (await collect(context)).map((session) => ({
      ...session,
      samples: session.samples.map((sample) =>
        isRebound(sample) ? { ...sample, trainedUnder: sample.sampledUnder } : sample,
      ),
    }))
}
