import { fileURLToPath } from 'node:url'
import { train, type StopRule, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { buildRun, loadRunConfig, type RunOverrides } from 'icrl'

/** The arms of each task, in the order they run; `TASK/ARM.config.ts` is a configuration `icrl train` takes too. */
export const TASKS: Readonly<Record<string, readonly string[]>> = {
  chain: ['icrl', 'grpo', 'icrl-shuffled'],
  triple: ['icrl', 'grpo', 'icrl-shuffled'],
  leak: ['icrl', 'icrl-unweighted'],
}

/** One run: plain data, so that another process can be told it. */
export interface ArmJob {
  readonly task: string
  readonly arm: string
  /** Shown in front of the progress. */
  readonly label: string
  /** The run's folder. */
  readonly directory: string
  /** Without `tokens` it runs as long as its configuration says. */
  readonly overrides: RunOverrides
  readonly resume: boolean
}

/** What `train` tells as it goes. */
export type TrainHooks = Pick<TrainOptions, 'onStart' | 'onSession' | 'onStep' | 'onEvaluation'>

export interface RunArmOptions {
  readonly signal: AbortSignal
  /** Called once it is known when the run ends. */
  readonly watch: (stop: StopRule) => TrainHooks
}

/** Trains one arm. */
export async function runArm({ task, arm, directory, overrides, resume }: ArmJob, { signal, watch }: RunArmOptions): Promise<TrainResult> {
  const loaded = await loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)))
  await using run = await buildRun(loaded, directory, overrides)
  return await train({ ...run.options, ...watch(run.options.stop), directory, resume, signal })
}
