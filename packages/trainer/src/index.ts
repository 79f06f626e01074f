export { train } from './train.ts'
export type {
  CheckpointOptions, EvaluationEvent, EvaluationOptions, EvaluationRecord, Metrics, OptimiserOptions, RoleSource, RunSummary, SessionEvent, StartEvent, StepEvent, StopRule, TrainOptions, TrainResult,
} from './train-options.ts'
export { createDataOrder, type DataOrder, type DataOrderState } from './data-order.ts'
export { evaluateRecipe, type EvaluateRecipeOptions, type RecipeEvaluation } from './evaluate-recipe.ts'
export { replayStep, type ReplayedStep, type ReplayStepOptions } from './replay-step.ts'
export { writeComparison, type Comparison } from './write-comparison.ts'
