export { readRun, type ReadRunOptions } from './read-run.ts'
export { distinctLabels } from './distinct-labels.ts'
export { findRuns } from './find-runs.ts'
export type { EvaluationPoint, Metrics, Run, RunNote, RunSummary } from './run.ts'
export { readSamples, type SampleTexts, type StoredSample } from './read-samples.ts'
export { readEvaluation, type EvaluationOutcome } from './read-evaluation.ts'
export { readJsonLines, type ReadJsonLinesOptions, type TornLine } from './read-json-lines.ts'
export { findVocabulary, readVocabulary, type Vocabulary } from './read-vocabulary.ts'
export { compareRuns, type CompareRunsOptions } from './statistics/compare-runs.ts'
export type {
  ComparedMethod,
  ComparedRun,
  Comparison,
  Estimate,
  PairedDifference,
  ThresholdEstimate,
} from './statistics/comparison.ts'
export { areaUnderCurve, tokensToThreshold, valueAt, type Curve } from './statistics/curve.ts'
export { advise, ADVISORY_RULES } from './advisories/advise.ts'
export type { Advisory, AdvisoryRule } from './advisories/advisory.ts'
export { cappedWeights } from './advisories/capped-weights.ts'
export { entropyCollapse } from './advisories/entropy-collapse.ts'
export { zeroVarianceGroups } from './advisories/zero-variance-groups.ts'
export { fruitlessRevisions } from './advisories/fruitless-revisions.ts'
export { harmfulCritic } from './advisories/harmful-critic.ts'
export { heavyClipping } from './advisories/heavy-clipping.ts'
export { idleSteps } from './advisories/idle-steps.ts'
export { idleTokens } from './advisories/idle-tokens.ts'
export { leakingCritic } from './advisories/leaking-critic.ts'
export { leaningOnCritique } from './advisories/leaning-on-critique.ts'
export { lostTokens } from './advisories/lost-tokens.ts'
export { mismatch } from './advisories/mismatch.ts'
export { progress } from './advisories/progress.ts'
export { shortRun } from './advisories/short-run.ts'
export { unbalancedLedger } from './advisories/unbalanced-ledger.ts'
export { uselessCritic } from './advisories/useless-critic.ts'
export type { ReportOptions } from './page-data/build-report-data.ts'
export { renderReport } from './render-report.ts'
export { writeReport } from './write-report.ts'
