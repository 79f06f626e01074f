import type { AdvisoryRule } from './advisory.ts'

/**
 * Says that a run is too short for its other figures to mean much.
 *
 * @example
 * import { advise, readRun, shortRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [shortRun({ steps: 3 })]))
 */
export function shortRun({ steps = 5 }: { readonly steps?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    if (metrics.length >= steps) return undefined
    return {
      rule: 'short-run',
      level: 'notice',
      text: `The run has ${metrics.length} ${metrics.length === 1 ? 'step' : 'steps'}: too few to tell learning from luck.`,
      because: `Said of runs with fewer than ${steps} steps.`,
      numbers: { steps: metrics.length },
    }
  }
}
