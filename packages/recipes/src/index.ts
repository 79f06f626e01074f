export {
  collectDemonstrations,
  demonstrationOf,
  demonstrationSample,
  type CollectDemonstrationsOptions,
  type Demonstration,
  type DemonstrationPlace,
} from './collect/collect-demonstrations.ts'
export {
  collectInformative,
  type CollectInformativeOptions,
} from './collect/collect-informative.ts'
export { collectSessions, type CollectSessionsOptions } from './collect/collect-sessions.ts'
export { collectShuffled, type CollectShuffledOptions } from './collect/collect-shuffled.ts'
export { markLeaks } from './collect/mark-leaks.ts'
export { curriculum } from './curriculum.ts'
export { dapo, type DapoOptions } from './dapo.ts'
export { drGrpo, type DrGrpoOptions } from './dr-grpo.ts'
export { environmentBudgets, type EnvironmentBudgets } from './environment-budgets.ts'
export { critiqueFigures } from './figures/critique-figures.ts'
export { grpo, type GrpoOptions } from './grpo.ts'
export { gspo, type GspoOptions } from './gspo.ts'
export type { CriticName } from './icrl/session-parts.ts'
export type { EvaluationName } from './icrl/session-parts.ts'
export type { GateName } from './icrl/session-parts.ts'
export type { PresetName } from './icrl/presets.ts'
export type { WeightingName } from './icrl/presets.ts'
export type { ReplayOptions } from './icrl/reuse.ts'
export { icrl, type IcrlOptions } from './icrl.ts'
export type { RegularizerOptions } from './options/regularize.ts'
export { reinforcePlusPlus, type ReinforcePlusPlusOptions } from './reinforce-plus-plus.ts'
export { resizeRecipe, type StepSize } from './resize-recipe.ts'
export { rloo, type RlooOptions } from './rloo.ts'
export { sessionPartsOf, type RecipeWithSession, type SessionParts } from './session-parts.ts'
export { sft, type SftOptions } from './sft.ts'
export { solverRecipe, type RolloutOptions, type SolverParts } from './solver-recipe.ts'
export { cispo, type CispoOptions } from './cispo.ts'
export { clipCov, type ClipCovOptions } from './clip-cov.ts'
export { dppo, type DppoOptions } from './dppo.ts'
export { gdpo, type GdpoOptions } from './gdpo.ts'
export { gigpo, type GigpoOptions } from './gigpo.ts'
export { gmpo, type GmpoOptions } from './gmpo.ts'
export { klCov, type KlCovOptions } from './kl-cov.ts'
export { sapo, type SapoOptions } from './sapo.ts'
export { dpo, type DpoOptions, type PreferencePair } from './dpo.ts'
export { brpo, type BrpoOptions } from './brpo.ts'
export { critiqueGrpo, type CritiqueGrpoOptions } from './critique-grpo.ts'
export { critiqueRlMixture, type CritiqueRlMixtureOptions } from './critique-rl-mixture.ts'
export { intuitor, type IntuitorOptions } from './intuitor.ts'
export { preferenceJudge, type PreferenceJudgeOptions } from './preference-judge.ts'
export { luffy, type LuffyOptions } from './luffy.ts'
export { rltfSd, type RltfSdOptions } from './rltf-sd.ts'
export { writtenDemonstration, type WrittenAnswer } from './collect/collect-demonstrations.ts'
export {
  critiqueFineTuning,
  critiqueGuidedDistillation,
  type CritiquedAnswer,
  type CritiqueFineTuningOptions,
  type CritiqueGuidedDistillationOptions,
} from './critique-fine-tuning.ts'
export {
  judgeResponses,
  ranksBest,
  type HintedJudgeOptions,
  type JudgeResponsesOptions,
} from './judge-responses.ts'
export { scoringJudge, type ScoringJudgeOptions } from './scoring-judge.ts'
export type { SolveAndVerifyOptions, VerifiedStep } from './solve-and-verify.ts'
export {
  repairGate,
  verifiedReturn,
  type StepVerdict,
  type Verification,
  type VerifiedReturnOptions,
} from './verified-return.ts'
export { verifiedSteps, type VerifiedStepsOptions } from './verified-steps.ts'
export { keepContext } from './collect/keep-context.ts'
export { echo, saturationGain, type EchoOptions } from './echo.ts'
export { erl, type ErlOptions } from './erl.ts'
