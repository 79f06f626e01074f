import { IcrlError, type SessionResult, type Task } from '@icrl/core'
import { sessionsFailed } from '@icrl/rollout'
import type { Metrics, TrainOptions } from './train-options.ts'

/** Looks at each step of a run, and ends the run where it gets nowhere. */
export interface IdleSteps {
  /**
   * After a step, once its line is among the metrics.
   *
   * @throws `sessions-failed` after so many steps one after another in which every session failed;
   * `invalid-option` after as many that sampled nothing, if the run ends by tokens
   */
  after(sessions: readonly SessionResult[]): void
  /**
   * After the last step.
   *
   * @throws `sessions-failed` if every session of the run failed
   */
  atEnd(): void
}

const failedWhole = (line: Metrics): boolean => line['sessions/failed_share'] === 1
const sampledNothing = (line: Metrics): boolean => line['ledger/generated'] === 0

/** @param metrics the run's lines so far, to which each step adds its own */
export function idleSteps<T extends Task>(
  { stop, maxFailedSteps = 3 }: Pick<TrainOptions<T>, 'stop' | 'maxFailedSteps'>,
  metrics: readonly Metrics[],
): IdleSteps {
  /** Of the last steps, as far as all of theirs failed. */
  let failed: SessionResult[] = []
  const stepsBack = (holds: (line: Metrics) => boolean): number =>
    metrics.length - 1 - metrics.findLastIndex((line) => !holds(line))
  const last = (count: number): string =>
    count === 1
      ? `step ${metrics.length - 1}`
      : `steps ${metrics.length - count} to ${metrics.length - 1}`
  const remedy = `Mend that, and resume the run. It ends after ${maxFailedSteps} such steps (\`maxFailedSteps\`).`
  return {
    after(sessions) {
      failed = failedWhole(metrics.at(-1)!) ? [...failed, ...sessions] : []
      const count = stepsBack(failedWhole)
      if (count >= maxFailedSteps)
        throw sessionsFailed(`train: every session of ${last(count)}`, failed, remedy)
      const idle = stepsBack(sampledNothing)
      if ('tokens' in stop && idle >= maxFailedSteps)
        throw new IcrlError(
          `train: ${last(idle)} sampled no token for training, and the run ends after ${stop.tokens} of them.`,
          {
            code: 'invalid-option',
            remedy: 'Use `stop.steps`, or look why the recipe collects nothing.',
          },
        )
    },
    atEnd() {
      if (metrics.length > 0 && metrics.every(failedWhole))
        throw sessionsFailed(
          `train: every session of ${last(metrics.length)}, the whole run,`,
          failed,
          'Mend that, and begin the run again.',
        )
    },
  }
}
