export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type GatewaySession,
  type OpenSession,
  type Route,
} from './create-gateway.ts'
export {
  agentSession,
  type AgentSession,
  type AgentSessionOptions,
  type BookedCall,
  type SessionBudget,
} from './session.ts'
export type { AnsweredCall, Ask, AskedTurn } from './answer-call.ts'
export type { CallReply, CallRequest } from './dialects/dialect.ts'
export type { LiveCall } from './live-call.ts'
export type { Segment, SegmentTurn } from './segments.ts'
export { isTitleOrSummary } from './auxiliary.ts'
export { placeGuidance, quotesGuidance, type PlaceGuidance } from './guidance.ts'
export { ledgerTotals, type CallKind, type LedgerEntry, type LedgerTotals } from './ledger.ts'
export {
  agentAttempt,
  type AgentAttemptOptions,
  type AgentOutcome,
  type AgentRun,
} from './agent-attempt.ts'
export {
  commandAttempt,
  type CommandAttemptOptions,
  type CommandRun,
  type FinishedCommand,
} from './command-attempt.ts'
export { sessionDemonstrations, type SegmentDemonstration } from './session-demonstrations.ts'
