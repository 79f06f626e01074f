// This entry imports nothing of Node: it runs in a browser, too. What reads and writes files is in
// `node.ts`.
export { train } from './train.ts'
export type {
  AsynchronousOptions,
  CheckpointOptions,
  EvaluationEvent,
  EvaluationOfSets,
  EvaluationOfTasks,
  EvaluationOptions,
  EvaluationRecord,
  EvaluationSchedule,
  EvaluationSet,
  Metrics,
  OptimizerOptions,
  ReferenceSource,
  ReferenceSync,
  RoleSource,
  RunRole,
  RunSummary,
  SessionEvent,
  StartEvent,
  StepEvent,
  StopRule,
  TrainHooks,
  TrainOptions,
  TrainResult,
} from './train-options.ts'
export { combineHooks } from './sinks/combine-hooks.ts'
export { memoryRun, type MemoryRun } from './run/memory-run.ts'
export { runFolder } from './run/run-folder.ts'
export type {
  Checkpoint,
  CheckpointContent,
  OpenedRun,
  OpenRunOptions,
  RunStore,
} from './run/run-store.ts'
export type { SamplesOf } from './run/sample-lines.ts'
export { learningRateAt, type Schedule } from './learning-rate.ts'
export { program } from './program/program.ts'
export type {
  GatherOptions,
  Kept,
  Lab,
  LabTrainOptions,
  MeasureOptions,
  ProgramHooks,
  ProgramOptions,
  ProgramResult,
  ProgramStep,
  ProgramSummary,
  StepKind,
} from './program/program-options.ts'
export {
  createDataOrder,
  type DataOrder,
  type DataOrderOptions,
  type DataOrderState,
} from './data-order.ts'
export {
  evaluateRecipe,
  type EvaluateRecipeOptions,
  type RecipeEvaluation,
} from './evaluate/evaluate-recipe.ts'
export { repeatedTasks, type RepeatedTasks } from './repeated-tasks.ts'
export { evaluationSets, type NamedEvaluationSet } from './evaluate/evaluation-sets.ts'
