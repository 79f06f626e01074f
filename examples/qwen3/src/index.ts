export { agenticRun, type AgenticRunOptions } from './agentic-run.ts'
export { mathRun, type MathRunOptions } from './math-run.ts'
export { runExperiment, type Experiment } from './run-experiment.ts'
export { tinyAgentic, tinyMath } from './tiny.ts'
