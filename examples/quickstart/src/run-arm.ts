import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  combineHooks,
  train,
  type RunSummary,
  type StopRule,
  type TrainOptions,
} from '@icrl/trainer'
import { logSink } from '@icrl/trainer/node'
import { buildRun, type LoadedConfig, loadRunConfig, type RunOverrides } from 'icrl'
import { guessCounter } from './place-guesses.ts'

/**
 * The arms of each task, in the order they run; `TASK/ARM.config.ts` is a configuration
 * `icrl train` takes too.
 */
export const TASKS: Readonly<Record<string, readonly string[]>> = {
  chain: ['icrl', 'grpo', 'icrl-shuffled', 'icrl-replay'],
  small: ['icrl', 'grpo'],
  triple: ['icrl', 'grpo', 'icrl-shuffled', 'icrl-replay'],
  leak: ['icrl', 'icrl-unweighted', 'icrl-replay'],
}

/** One run, as plain data that can be sent to another process. */
export interface ArmJob {
  readonly task: string
  readonly arm: string
  /** Shown in front of the progress. */
  readonly label: string
  /** The run's folder. */
  readonly directory: string
  /** Without `tokens` it runs as long as its configuration says. */
  readonly overrides: RunOverrides
  /** Held-out questions of each evaluation, from the first. Default: all. */
  readonly questions?: number
  readonly resume: boolean
}

/** Hooks that `train` calls. */
export type TrainHooks = Pick<TrainOptions, 'onStart' | 'onSession' | 'onStep' | 'onEvaluation'>

export interface RunArmOptions {
  readonly signal: AbortSignal
  /** Called once it is known when the run ends. */
  readonly watch: (stop: StopRule) => TrainHooks
}

/** How a run ended or was stopped. */
export interface ArmOutcome {
  readonly summary: RunSummary
  readonly finished: boolean
  /**
   * At the last evaluation: share of first attempts that took a place they had not looked for.
   * Absent if there are no places.
   */
  readonly placeGuesses?: number
}

/** The configuration of one of a task's arms. */
export function loadArm(task: string, arm: string): Promise<LoadedConfig> {
  return loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url)))
}

/** Trains one arm. */
export async function runArm(
  { task, arm, directory, overrides, questions, resume }: ArmJob,
  { signal, watch }: RunArmOptions,
): Promise<ArmOutcome> {
  const loaded = await loadArm(task, arm)
  await using run = await buildRun(loaded, directory, overrides)
  const { onSession, onEvaluation, ...hooks } = watch(run.options.stop)
  const { evaluation } = run.options
  const guesses = guessCounter()
  let placeGuesses: number | undefined
  const { summary, finished } = await train({
    ...run.options,
    evaluation: evaluation?.tasks && {
      ...evaluation,
      tasks: evaluation.tasks.slice(0, questions),
    },
    ...combineHooks(
      logSink(join(directory, 'run.log'), { backend: run.backend?.name ?? run.model }),
      hooks,
      {
        onSession: (event) => {
          if (event.phase === 'evaluation') guesses.add(event.result)
          onSession?.(event)
        },
        onEvaluation: (event) => {
          placeGuesses = guesses.rate()
          onEvaluation?.(event)
        },
      },
    ),
    directory,
    resume,
    signal,
  })
  return {
    summary,
    finished,
    ...(!['chain', 'small'].includes(task) && placeGuesses !== undefined && { placeGuesses }),
  }
}
