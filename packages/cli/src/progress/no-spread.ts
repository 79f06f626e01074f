import type { StepEvent } from '@icrl/trainer'

/** First steps that are looked at. */
const STEPS = 2

/**
 * A hook that speaks once, where in none of a run's first steps a solver group had a spread of
 * rewards, and no gradient came from anything else: whoever waits on sees nothing learned.
 */
export function warnOfNoSpread(note: (line: string) => void): (event: StepEvent) => void {
  let flat = 0
  return ({ step, metrics }) => {
    if (step >= STEPS) return
    const isFlat = metrics['groups/zero_variance_solver'] === 1
    if (isFlat && !((metrics['policy/grad_norm'] ?? 0) > 0)) flat++
    if (step !== STEPS - 1 || flat < STEPS) return
    note(
      `In the first ${STEPS} steps every attempt of a group got the same reward, so that nothing was learned (success ${((metrics['accuracy/first'] ?? 0) * 100).toFixed(0)}%). icrl probe CONFIG shows what the model says and how often it succeeds.`,
    )
  }
}
