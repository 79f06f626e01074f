export { train } from './train.ts'
export type {
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
export { csvSink } from './sinks/csv-sink.ts'
export { logSink } from './sinks/log-sink.ts'
export { tensorBoardSink, type TensorBoardSinkOptions } from './sinks/tensorboard-sink.ts'
export { checkWeights } from './run/check-weights.ts'
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
export { createDataOrder, type DataOrder, type DataOrderState } from './data-order.ts'
export {
  evaluateRecipe,
  type EvaluateRecipeOptions,
  type RecipeEvaluation,
} from './evaluate/evaluate-recipe.ts'
export { evaluationSets, type NamedEvaluationSet } from './evaluate/evaluation-sets.ts'
export { replayStep, type ReplayedStep, type ReplayStepOptions } from './run/replay-step.ts'
export { writeComparison, type Comparison } from './run/write-comparison.ts'
