export { critiqueInTheLoop, type CritiqueInTheLoopOptions } from './critique-in-the-loop.ts'
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
  preferencePairs,
  type LessonOptions,
  type Lessons,
  type PreferencePairsOptions,
} from './lessons.ts'
export { spct, type SpctOptions } from './spct.ts'
export {
  refinementPairs,
  revise,
  type RefinementPairsOptions,
  type ReviseOptions,
} from './revise.ts'
export {
  distanceFromLabel,
  distanceFromMajority,
  selfRationalization,
  type DistanceOf,
  type SelfRationalizationOptions,
} from './self-rationalization.ts'
export {
  selfEvolution,
  selfRefineOnce,
  type SelfEvolutionOptions,
  type SelfRefineOptions,
} from './self-evolution.ts'
export {
  critical,
  stateConfidence,
  type CriticalOptions,
  type StatedConfidence,
  type StatedConfidenceOptions,
} from './critical.ts'
export {
  mergeCritiques,
  multiCritique,
  validateByRevision,
  type MergedCritiqueOptions,
  type MultiCritiqueOptions,
  type RevisionValidationOptions,
} from './multi-critique.ts'
