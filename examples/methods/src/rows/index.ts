import type { MethodExperiment } from '../method-experiment.ts'
import { brpoRow } from './brpo.ts'
import { contaminationRow } from './contamination.ts'
import { criticalRow } from './critical.ts'
import { critiqueFineTuningRow } from './critique-fine-tuning.ts'
import { critiqueGuidedDistillationRow } from './critique-guided-distillation.ts'
import { critiqueInTheLoopRow } from './critique-in-the-loop.ts'
import { critiqueRlMixtureRow } from './critique-rl-mixture.ts'
import { critiqueRlRow } from './critique-rl.ts'
import { deepVerifierRow } from './deep-verifier.ts'
import { intuitorRow } from './intuitor.ts'
import { lookBackRow } from './look-back.ts'
import { metaCritiqueRow } from './meta-critique.ts'
import { multiCritiqueRow } from './multi-critique.ts'
import { preferenceJudgeRow } from './preference-judge.ts'
import { premiseCritiqueRow } from './premise-critique.ts'
import { realCriticRow } from './real-critic.ts'
import { reviseRow } from './revise.ts'
import { scoreRow } from './score.ts'
import { selfCheckRow } from './self-check.ts'
import { selfEvolutionRow } from './self-evolution.ts'
import { selfImproveRow } from './self-improve.ts'
import { selfRationalizationRow } from './self-rationalization.ts'
import { selfRefineRow } from './self-refine.ts'
import { spctRow } from './spct.ts'
import { verifiedStepsRow } from './verified-steps.ts'

/** Every experiment, in the order they run. */
export const ROWS: readonly MethodExperiment[] = [
  selfImproveRow,
  selfCheckRow,
  selfRefineRow,
  deepVerifierRow,
  lookBackRow,
  critiqueInTheLoopRow,
  selfEvolutionRow,
  criticalRow,
  critiqueFineTuningRow,
  critiqueGuidedDistillationRow,
  intuitorRow,
  brpoRow,
  spctRow,
  selfRationalizationRow,
  multiCritiqueRow,
  critiqueRlRow,
  critiqueRlMixtureRow,
  preferenceJudgeRow,
  verifiedStepsRow,
  reviseRow,
  scoreRow,
  contaminationRow,
  realCriticRow,
  metaCritiqueRow,
  premiseCritiqueRow,
]
