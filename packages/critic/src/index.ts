export { criticPrompt, type CriticPromptOptions } from './critic-prompt.ts'
export { detectLeak, type LeakInput } from './detect-leak.ts'
export {
  adviseByExchange,
  type Exchange,
  exchangeCriticPrompt,
  type ExchangeCriticOptions,
  exchangeLine,
  parseExchange,
} from './exchange.ts'
export { parseCritique, type Critique, type ParseCritiqueOptions } from './parse-critique.ts'
export { solverPrompt, type SolverPromptOptions } from './solver-prompt.ts'
export { summarizeTrajectory, type SummarizeTrajectoryOptions } from './summarize-trajectory.ts'
export { visibleText } from './visible-text.ts'
export { parsePreference } from './parse-judgment.ts'
export { parseScores } from './parse-judgment.ts'
export { parseVerdict } from './parse-judgment.ts'
export { majority, sumScores, type SumScoresOptions } from './votes.ts'
