export type { Check } from './check.ts'
export {
  tablePolicy,
  type Bias,
  type TablePolicy,
  type TablePolicyOptions,
  type TextFiles,
} from './table-policy.ts'
export { testEnvironment, type TestEnvironmentOptions } from './test-environment.ts'
export { testObjective, type TestObjectiveOptions } from './test-objective.ts'
export { testPolicy, type TestPolicyOptions } from './test-policy.ts'
export { testRenderer, type TestRendererOptions } from './test-renderer.ts'
export { testVerifier, type TestVerifierOptions, type VerifierCase } from './test-verifier.ts'
export { TURN_WORDS, wordRenderer } from './word-renderer.ts'
export { locks, type Locks, type LocksOptions, type LockTask } from './worlds/locks.ts'
export {
  quiz,
  type Quiz,
  type QuizLevel,
  type QuizOptions,
  type QuizTask,
  type ResidueOptions,
} from './worlds/quiz.ts'
export {
  rankings,
  type Aspect,
  type Rankings,
  type RankingsOptions,
  type RankingTask,
} from './worlds/rankings.ts'
export {
  HARMLESS_REWRITES,
  STEP_ERRORS,
  steps,
  type StepError,
  type StepRewrite,
  type Steps,
  type StepsOptions,
  type StepsTask,
} from './worlds/steps.ts'
export type { Split, World } from './worlds/world.ts'
