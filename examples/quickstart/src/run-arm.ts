import { fileURLToPath } from 'node:url'
import { train, type TrainResult } from '@icrl/trainer'
import { buildRun, loadRunConfig, progressPrinter, type RunOverrides } from 'icrl'

/** The arms of a task, in the order they run; each is a configuration `icrl train` takes too. */
export const ARMS = ['icrl', 'grpo', 'icrl-shuffled'] as const

export interface RunArmOptions {
  readonly task: 'chain'
  readonly arm: (typeof ARMS)[number]
  /** The run's folder. */
  readonly directory: string
  readonly overrides: RunOverrides
  readonly resume: boolean
  readonly signal: AbortSignal
}

/** Trains one arm, showing how it goes. */
export async function runArm({ task, arm, directory, overrides, resume, signal }: RunArmOptions): Promise<TrainResult> {
  const loaded = await loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)))
  await using run = await buildRun(loaded, directory, overrides)
  const progress = progressPrinter({ stop: run.options.stop, label: arm.padEnd(13), stream: process.stdout })
  try {
    return await train({ ...run.options, ...progress, directory, resume, signal })
  } finally {
    progress.done()
  }
}
