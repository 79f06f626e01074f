import { isRebound, type Recipe, type ReplayRule, type Sample } from '@icrl/core'

/** For how long, and how many, guided successes are trained again. */
export interface ReplayOptions {
  /** Steps that a sample is replayed for. @defaultValue 10 */
  readonly steps?: number
  /** Most samples that join a step, the newest first. @defaultValue 128 */
  readonly most?: number
}

/**
 * Replay, beyond ICRL (arXiv 2605.15224) `[ours]`: guided attempts with a positive advantage are
 * trained again in the steps after theirs. Each keeps its advantage; its weights are computed anew,
 * w_t = min(π_now(y_t | q) / π_then(y_t | q, c), w_max). When it is sampled, eq. 4 mutes the very
 * tokens that the critique brought in. A few steps later the solver prefers them unprompted, and
 * they count in full; what stays unlikely without help stays muted.
 */
export function replayGuided({ steps = 10, most = 128 }: ReplayOptions): ReplayRule {
  return { steps, most, keep: (sample) => isRebound(sample) && isPraised(sample) }
}

/**
 * Mirror `[ours]`: successful first attempts are also trained under a guided prompt of their task,
 * with the weights of eq. 4 the other way round: min(π(y_t | q, c) / π(y_t | q), w_max). It keeps
 * the solver with advice from falling behind the solver without. Tasks without a guided attempt in
 * the step have no copies.
 *
 * @param scale factor on the advantage of the copies, above 0
 */
export function mirrorSuccesses(scale: number): NonNullable<Recipe['copies']> {
  return (samples) => {
    const guided = samples.filter(isRebound)
    return samples.flatMap((sample) => {
      const { task, round, session } = sample.keys
      if (round !== 1 || sample.success !== true || !isPraised(sample)) return []
      const ofTask = guided.filter(({ keys }) => keys.task === task)
      if (ofTask.length === 0) return []
      const { sampledUnder } = ofTask[session % ofTask.length]
      return [{ of: sample.id, trainedUnder: sampledUnder, scale }]
    })
  }
}

function isPraised({ advantages }: Sample): boolean {
  return advantages?.some((advantage) => advantage > 0) ?? false
}
