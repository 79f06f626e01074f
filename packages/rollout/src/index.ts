export { runSessions, type RunSessionsOptions } from './run-sessions.ts'
export {
  sessionContext,
  type Draw,
  type SessionContextOptions,
} from './sessions/session-context.ts'
export type { TurnEvent } from './sessions/drive-session.ts'
export type { Responder } from './sessions/answer-turn.ts'
export { countFailures, sessionsFailed, type FailureCount } from './count-failures.ts'
export { endpointRenderer } from './endpoint-renderer.ts'
export { joinSessions, sampledTokens } from './join-sessions.ts'
export { singleTurn, type SingleTurnOptions } from './protocols/single-turn.ts'
export { multiTurn, type MultiTurnOptions } from './protocols/multi-turn.ts'
export {
  environmentPrompt,
  type EnvironmentPrompt,
  type EnvironmentPromptInput,
} from './protocols/environment-prompt.ts'
export { solveOnce } from './protocols/plain-retry.ts'
export { plainRetry } from './protocols/plain-retry.ts'
export {
  solveCritiqueRevise,
  type SolveCritiqueReviseOptions,
} from './protocols/solve-critique-revise.ts'
export { solveAndCritique, type SolveAndCritiqueOptions } from './protocols/solve-and-critique.ts'
export { reviseWith, type Advice, type ReviseWithOptions } from './protocols/solve-and-critique.ts'
export { neverStop, stopAtSuccess, type Gate } from './protocols/gate.ts'
export {
  attemptRound,
  type AttemptRound,
  type AttemptRoundOptions,
} from './protocols/solve-critique-revise.ts'
export {
  critiqueRound,
  type CriticOptions,
  type CritiqueRound,
  type CritiqueRoundOptions,
  type ParsedCritique,
} from './protocols/solve-critique-revise.ts'
export {
  askRole,
  roleTurn,
  type AskRoleOptions,
  type RoleReply,
  type RoleTurn,
  type RoleTurnOptions,
} from './protocols/role-turn.ts'
export { turnSample, type TurnSampleOptions } from './protocols/turn-sample.ts'
export { type ResponseVersions, versionSpans } from './protocols/version-spans.ts'
export { conversation, type Conversation } from './protocols/conversation.ts'
export { derive } from './protocols/derive.ts'
export { attemptSample, type AttemptSampleOptions } from './protocols/attempt-sample.ts'
export { sessionResult } from './protocols/session-result.ts'
export {
  answerAgain,
  askFor,
  loop,
  type AnswerAgainOptions,
  type AskForOptions,
  type Evaluate,
  type Evaluation,
  type LoopOptions,
  type LoopState,
  type LoopStep,
  type Update,
} from './loops/loop.ts'
export { selfRefine, type SelfRefineOptions } from './loops/self-refine.ts'
export { reflexion, type ReflexionOptions } from './loops/reflexion.ts'
export {
  bestOf,
  byVotes,
  saidIn,
  sampleAndChoose,
  type BestOfOptions,
  type ByVotesOptions,
  type Choice,
  type Choose,
  type ChooseState,
  type SampleAndChooseOptions,
} from './loops/sample-and-choose.ts'
export { selfCheck, type SelfCheckOptions } from './loops/self-check.ts'
export { followUp, listIn, type Finding, type FollowUpOptions } from './loops/follow-up.ts'
export { lookBack, type LookBackOptions } from './loops/look-back.ts'
export { deepVerifier, type DeepVerifierOptions } from './loops/deep-verifier.ts'
export {
  refineId,
  refiningTurn,
  reviseDecoding,
  type RefiningTurnOptions,
  type ReviseDecodingOptions,
} from './loops/revise-decoding.ts'
