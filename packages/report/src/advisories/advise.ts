import type { Run } from '../run.ts'
import type { Advisory, AdvisoryRule } from './advisory.ts'
import { cappedWeights } from './capped-weights.ts'
import { entropyCollapse } from './entropy-collapse.ts'
import { zeroVarianceGroups } from './zero-variance-groups.ts'
import { failedSessions } from './failed-sessions.ts'
import { fruitlessRevisions } from './fruitless-revisions.ts'
import { harmfulCritic } from './harmful-critic.ts'
import { heavyClipping } from './heavy-clipping.ts'
import { idleSteps } from './idle-steps.ts'
import { idleTokens } from './idle-tokens.ts'
import { leakingCritic } from './leaking-critic.ts'
import { leaningOnCritique } from './leaning-on-critique.ts'
import { mutedHints } from './muted-hints.ts'
import { lostTokens } from './lost-tokens.ts'
import { mismatch } from './mismatch.ts'
import { partialEvaluations } from './partial-evaluations.ts'
import { progress } from './progress.ts'
import { shortRun } from './short-run.ts'
import { unbalancedLedger } from './unbalanced-ledger.ts'
import { uselessCritic } from './useless-critic.ts'

/** Every rule with its default thresholds. */
export const ADVISORY_RULES: readonly AdvisoryRule[] = [
  unbalancedLedger(),
  failedSessions(),
  partialEvaluations(),
  progress(),
  fruitlessRevisions(),
  zeroVarianceGroups(),
  leakingCritic(),
  harmfulCritic(),
  uselessCritic(),
  heavyClipping(),
  entropyCollapse(),
  lostTokens(),
  idleTokens(),
  idleSteps(),
  leaningOnCritique(),
  cappedWeights(),
  mutedHints(),
  shortRun(),
  mismatch(),
]

const ORDER = { warning: 0, notice: 1, good: 2 } as const

/**
 * What a person should know about a run, the most urgent first. Each advisory carries its rule and
 * the numbers that the rule looked at. A rule is a function of the run: add your own by passing it.
 *
 * @example
 * import { advise, readRun } from '@icrl/report'
 * for (const { level, text, because } of advise(await readRun('runs/first')))
 *   console.log(`${level}: ${text} (${because})`)
 */
export function advise(run: Run, rules: readonly AdvisoryRule[] = ADVISORY_RULES): Advisory[] {
  return rules.flatMap((rule) => rule(run) ?? []).sort((a, b) => ORDER[a.level] - ORDER[b.level])
}
