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
