export { defineRun, type Deferred, type RunConfig, type RunParts } from './config/define-run.ts'
export { readTasks } from './config/read-tasks.ts'
export { progressPrinter, type ProgressPrinter, type ProgressPrinterOptions } from './progress/progress-printer.ts'
export { sparkline } from './progress/sparkline.ts'
