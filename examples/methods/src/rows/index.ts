import type { MethodExperiment } from '../method-experiment.ts'
import { brpoRow } from './brpo.ts'
import { criticalRow } from './critical.ts'
import { critiqueInTheLoopRow } from './critique-in-the-loop.ts'
import { critiqueRlMixtureRow } from './critique-rl-mixture.ts'
import { critiqueRlRow } from './critique-rl.ts'
import { intuitorRow } from './intuitor.ts'
import { multiCritiqueRow } from './multi-critique.ts'
import { reviseRow } from './revise.ts'
import { scoreRow } from './score.ts'
import { selfEvolutionRow } from './self-evolution.ts'
import { selfImproveRow } from './self-improve.ts'
import { selfRationalizationRow } from './self-rationalization.ts'
import { spctRow } from './spct.ts'

/** Every experiment, in the order they run. */
export const ROWS: readonly MethodExperiment[] = [
  critiqueInTheLoopRow,
  selfImproveRow,
  selfEvolutionRow,
  criticalRow,
  intuitorRow,
  brpoRow,
  spctRow,
  selfRationalizationRow,
  multiCritiqueRow,
  critiqueRlRow,
  critiqueRlMixtureRow,
  reviseRow,
  scoreRow,
]
