export { bestRate, type SearchedRate } from './best-rate.ts'
export { currentCommit } from './current-commit.ts'
export { curveFigure, type Panel } from './curve-figure.ts'
export { plannedRuns, type Experiment, type PlannedRun } from './experiment.ts'
export {
  firstAttemptsOnly,
  measureRun,
  rateOf,
  type MeasureRunOptions,
  type SessionCounter,
} from './measure-run.ts'
export { ratesFound } from './rates-found.ts'
export { placesTable, searchTable } from './result-tables.ts'
export { runExperiments, type RunExperimentsOptions } from './run-experiments.ts'
export { seedMean, type SeedMean } from './seed-interval.ts'
export {
  commonReach,
  longestCurves,
  plannedCurves,
  readCurves,
  storeCurve,
  type StoredCurve,
} from './stored-curves.ts'
export { unknownExperiment } from './unknown-experiment.ts'
