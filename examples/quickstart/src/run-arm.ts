import { fileURLToPath } from 'node:url'
import { train, type TrainResult } from '@icrl/trainer'
import { buildRun, loadRunConfig, progressPrinter, type RunOverrides } from 'icrl'

/** The arms of each task, in the order they run; `TASK/ARM.config.ts` is a configuration `icrl train` takes too. */
export const TASKS: Readonly<Record<string, readonly string[]>> = {
  chain: ['icrl', 'grpo', 'icrl-shuffled'],
  triple: ['icrl', 'grpo', 'icrl-shuffled'],
  leak: ['icrl', 'icrl-unweighted'],
}

export interface RunArmOptions {
  readonly task: string
  readonly arm: string
  /** Shown in front of the progress. */
  readonly label: string
  /** The run's folder. */
  readonly directory: string
  readonly overrides: RunOverrides
  readonly resume: boolean
  readonly signal: AbortSignal
}

/** Trains one arm, showing how it goes. Without `overrides.tokens` it runs as long as its configuration says. */
export async function runArm({ task, arm, label, directory, overrides, resume, signal }: RunArmOptions): Promise<TrainResult> {
  const loaded = await loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)))
  await using run = await buildRun(loaded, directory, overrides)
  const progress = progressPrinter({ stop: run.options.stop, label, stream: process.stdout })
  try {
    return await train({ ...run.options, ...progress, directory, resume, signal })
  } finally {
    progress.done()
  }
}
