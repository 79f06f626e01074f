import type { AdvisoryRule } from './advisory.ts'
import { recent } from './recent.ts'

/**
 * Speaks when no critique-guided revision succeeds: then the method has nothing to internalize.
 *
 * @example
 * import { advise, fruitlessRevisions, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [fruitlessRevisions({ window: 3 })]))
 */
export function fruitlessRevisions({
  window = 5,
}: { readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const guided = recent(metrics, 'accuracy/guided', window)
    if (guided.length < window || guided.some((share) => share > 0)) return undefined
    return {
      rule: 'fruitless-revisions',
      level: 'warning',
      text: `Revisions never succeed: in the last ${window} steps with critiques not one guided attempt was right, so the critic has no reward and the solver nothing to take over. Use a stronger or better prompted critic, more rounds, or easier tasks to begin with.`,
      because: `Said when no revision of the last ${window} steps that had any succeeded.`,
      numbers: { 'accuracy/guided': 0, steps: window },
    }
  }
}
