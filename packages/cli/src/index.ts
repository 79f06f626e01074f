export {
  defineRun,
  type Deferred,
  type EngineOptions,
  type RunConfig,
  type RunConfigEvaluation,
  type RunConfigRole,
  type RunConfigSet,
  type RunParts,
  type TaskSource,
} from './config/define-run.ts'
export {
  defineProgram,
  type ProgramConfig,
  type ProgramConfigRole,
  type ProgramModel,
  type ProgramParts,
} from './config/define-program.ts'
export type { Engine, EngineRequest, PolicyFactory } from './config/policy-factory.ts'
export { readTasks } from './config/read-tasks.ts'
export { liveLines, type LiveLines } from './progress/live-lines.ts'
export {
  progressPrinter,
  type ProgressPrinter,
  type ProgressPrinterOptions,
} from './progress/progress-printer.ts'
export { sparkline } from './progress/sparkline.ts'
export { buildRun, type BuiltRun, type RunOverrides } from './config/build-run.ts'
export { loadRunConfig, type LoadedConfig } from './config/load-run-config.ts'
export { modelFolder } from './hub/model-folder.ts'
export { trainAgent, type TrainAgentOptions } from './train-agent.ts'
export type { Reproduction, ReproduceRequest } from './commands/reproduce-command.ts'
