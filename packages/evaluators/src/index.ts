export { evaluateOn, type Benchmark, type EvaluateOnOptions, type Speaker } from './benchmark.ts'
export { itemIntervals, type ItemIntervalsOptions } from './item-intervals.ts'
export { tableOf, type Cell, type Table } from './table.ts'
export { byItem, concluded, foundIn, type Readings } from './conclude.ts'
export {
  askedOnce,
  constantCritics,
  saying,
  shuffledAnswers,
  type AskedOnce,
  type ConstantCriticsOptions,
} from './controls.ts'
export {
  readItems,
  type FieldKind,
  type ItemRecord,
  type Place,
  type ReadItemsOptions,
} from './formats/read-items.ts'
export { auroc } from './metrics/auroc.ts'
export { calibrationError } from './metrics/calibration-error.ts'
export { entropySimilarity } from './metrics/entropy-similarity.ts'
export { errorF1, f1, harmonicMean, type F1Counts, type PrecisionRecall } from './metrics/f1.ts'
export { mean, share } from './metrics/mean.ts'
export { transitionShares, type TransitionShares } from './metrics/transition-shares.ts'
export { visCore } from './metrics/vis-core.ts'
export {
  convincingItems,
  convincingWrong,
  type ConvincingItem,
  type ConvincingWrongOptions,
} from './convincing-wrong.ts'
export {
  premiseCritique,
  type PremiseCritiqueOptions,
  type PremiseItem,
} from './premise-critique.ts'
export {
  premiseFigures,
  readPremiseResults,
  type PremiseResult,
  type PremiseType,
} from './premise-figures.ts'
export { processErrors, type ProcessErrorsOptions, type ProcessItem } from './process-errors.ts'
export type { RealCriticItem } from './closed-loop.ts'
export { realCritic, type RealCriticOptions } from './real-critic.ts'
export { sectionErrors, type SectionErrorsOptions, type SectionItem } from './section-errors.ts'
export { stepErrors, stepsOf, type StepErrorsOptions, type StepItem } from './step-errors.ts'
export { calibration, type CalibrationItem, type CalibrationOptions } from './calibration.ts'
export { contamination, type ContaminationOptions, type MembershipItem } from './contamination.ts'
export { costAware, type CostAwareModel, type CostAwareWeights } from './cost-aware.ts'
export { metaCritique, metaScores } from './meta-critique.ts'
export type { MetaItem } from './meta-item.ts'
export { stepwiseCritique, type StepwiseCritiqueOptions } from './stepwise-critique.ts'
export type { StepwiseItem } from './stepwise-critics.ts'
export { unitVerdicts, type UnitItem } from './unit-verdicts.ts'
