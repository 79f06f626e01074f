export { critiqueInTheLoop, type CritiqueInTheLoopOptions } from './critique-in-the-loop.ts'
export type { CritiqueAndRefineOptions } from './critique-and-refine.ts'
export { critiqueRl, helpfulness, type CritiqueRlOptions } from './critique-rl.ts'
export {
  score,
  scoreStageI,
  scoreStageII,
  type ScoreOptions,
  type ScoreStageOptions,
} from './score.ts'
export { selfImprove, type SelfImproveOptions } from './self-improve.ts'
export { transitions, type Transitions } from './transitions.ts'
export { twoTurns, type TwoTurnsOptions } from './two-turns.ts'
export {
  fineTune,
  learnPairs,
  lessonsFrom,
  lessonsOf,
  type LessonOptions,
  type Lessons,
} from './lessons.ts'
export { preferencePairs, type PreferencePairsOptions } from './preference-pairs.ts'
export { spct, type SpctOptions } from './spct.ts'
export { refinementPairs, type RefinementPairsOptions } from './refinement-pairs.ts'
export { revise, type ReviseOptions } from './revise.ts'
export {
  distanceFromLabel,
  distanceFromMajority,
  selfRationalization,
  type DistanceOf,
  type SelfRationalizationOptions,
} from './self-rationalization.ts'
export { selfEvolution, type SelfEvolutionOptions } from './self-evolution.ts'
export { selfRefineOnce, type SelfRefineOptions } from './self-refine-once.ts'
export { critical, type CriticalOptions } from './critical.ts'
export {
  stateConfidence,
  type CriticizedConfidenceOptions,
  type StatedConfidence,
  type StatedConfidenceOptions,
} from './state-confidence.ts'
export { mergeCritiques, type MergedCritiqueOptions } from './merge-critiques.ts'
export { multiCritique, type MultiCritiqueOptions } from './multi-critique.ts'
export { validateByRevision, type RevisionValidationOptions } from './validate-by-revision.ts'
