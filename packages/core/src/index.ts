export {
  IcrlError,
  isIcrlError,
  isMarkedError,
  markError,
  type ErrorCode,
  type IcrlErrorOptions,
} from './errors.ts'
export { nearestMatch } from './nearest-match.ts'
export { philox4x32 } from './philox.ts'
export { randomStream, type PathPart, type RandomStream } from './random.ts'
export { drawStream, type DrawKey } from './draw-key.ts'
export type { Role } from './sample.ts'
export {
  joinParts,
  partsOf,
  textOf,
  type Dialogue,
  type Message,
  type MessagePart,
  type PartDelta,
  type ReasoningPart,
  type TextPart,
  type Tool,
  type ToolCallPart,
  type ToolResultPart,
} from './message.ts'
export type { QuestionTask, Task } from './task.ts'
export type { Verdict, Verifier } from './verifier.ts'
export type { Environment, Episode, EpisodeStart, EpisodeStep } from './environment.ts'
export type { PartsReader, RenderOptions, Renderer } from './renderer.ts'
export {
  compareSamples,
  isRebound,
  type Finish,
  type Origin,
  type Sample,
  type SampleKeys,
  type VersionSpan,
} from './sample.ts'
export { decodeSample, encodeSample } from './encode-sample.ts'
export { isSuccess, outcomeOf, type Judgment, type Outcome } from './outcome.ts'
export { passAtK } from './pass-at-k.ts'
export { percentileInterval } from './percentile-interval.ts'
export { publicAddress } from './public-address.ts'
export { retryAfter, type HeaderLookup } from './retry-after.ts'
export { RUN_FORMAT, runLayout, stepFile, stepName, stepsIn, type RunLayout } from './run-layout.ts'
export type {
  Capability,
  Completion,
  CompletionOptions,
  Generation,
  LossSlopes,
  PassItem,
  PassOptions,
  Policy,
  SampleRequest,
  Sampler,
  SaveOptions,
  ScoreItem,
  ScoreOptions,
  Scorer,
  Snapshot,
  StepOptions,
  StepStats,
  TextGenerator,
  TokenScores,
  TokenSlopes,
} from './policy.ts'
export type {
  Aggregation,
  AggregationItem,
  Objective,
  ObjectiveInput,
  ObjectiveResult,
  ObjectiveWants,
  RoutedSample,
  TokenValues,
} from './objective.ts'
export type {
  Attempt,
  AttemptOptions,
  AttemptProtocol,
  AttemptResult,
  AttemptTurn,
  Coroutine,
  RoleBinding,
  Sampling,
  SessionContext,
  SessionFailure,
  SessionPart,
  SessionProtocol,
  SessionResult,
  TranscriptEntry,
  TurnReply,
  TurnRequest,
  TurnSubject,
} from './session.ts'
export type {
  AdvantageRule,
  BatchReward,
  CollectContext,
  CollectRunOptions,
  Collector,
  CorrectedTokens,
  Correction,
  EvaluatedSet,
  EvaluationFigures,
  EvaluationProtocols,
  Figures,
  FilterResult,
  Json,
  Recipe,
  RecipeMemory,
  RecipeRole,
  RecipeStage,
  ReplayRule,
  RewardRule,
  RewardSetter,
  SampleCopy,
  SampleFilter,
  SampleSelector,
  ScoreSamples,
  ScoreSamplesOptions,
  StepFigures,
  WeightRule,
} from './recipe.ts'
