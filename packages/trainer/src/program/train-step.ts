import { readdir, readFile, rm } from 'node:fs/promises'
import { IcrlError, runLayout, type Json, type Task } from '@icrl/core'
import { checkTrainOptions } from '../check-train-options.ts'
import { writing } from '../run/durable-files.ts'
import { runConfig } from '../run/run-config.ts'
import { readConfig } from '../run/open-run-folder.ts'
import { train } from '../train.ts'
import type { RunSummary, TrainOptions } from '../train-options.ts'
import type { Setting } from './lab.ts'
import type { LabTrainOptions } from './program-options.ts'
import {
  checkSameOptions,
  completeStep,
  readStep,
  type Ended,
  type Step,
  type StepRecord,
} from './step-folder.ts'

/** Trains in a run folder, goes on with it, or gives the policies what it made before. */
export async function trainStep<T extends Task>(
  setting: Setting,
  step: Step,
  given: LabTrainOptions<T>,
): Promise<Ended & { readonly summary: RunSummary }> {
  const { folder, name, kind } = step
  const options = trainOptions(setting, step, given)
  checkTrainOptions(options)
  const config = optionsOf(await runConfig(options))
  const done = await readStep(folder)
  if (done) checkSameOptions(folder, done.options, config)
  else await runToEnd(setting, step, options, config)
  const summary = await readSummary(folder)
  const record: StepRecord = done ?? {
    step: {
      name,
      kind,
      tokens_sampled: summary.tokens_sampled,
      wall_seconds: summary.wall_seconds,
    },
    options: config,
    result: null,
  }
  await setting.weights.loadModel(name)
  if (!done) await completeStep(folder, record)
  return { record, skipped: done !== undefined, summary }
}

function trainOptions<T extends Task>(
  { options: program, provenance, guard }: Setting,
  { name, folder, seed }: Step,
  { config = null, ...given }: LabTrainOptions<T>,
): TrainOptions<T> {
  const { policies, signal, platform, concurrency, sessionTimeoutMs } = program
  const roles = { ...program.roles, ...given.roles }
  return {
    concurrency,
    sessionTimeoutMs,
    ...given,
    policies,
    roles,
    seed,
    signal,
    platform,
    directory: folder,
    maxMinutes: guard.minutesLeft(),
    config: { program: { step: name, ...provenance({ ...given, roles }) }, config },
  }
}

/** Begins the run, or goes on with it where its options are the same. */
async function runToEnd<T extends Task>(
  { guard, options: { trainHooks } }: Setting,
  { name, folder }: Step,
  options: TrainOptions<T>,
  config: Json,
): Promise<void> {
  const resume = await hasBegun(folder)
  if (resume) checkSameOptions(folder, optionsOf((await readConfig(folder)) ?? null), config)
  else await writing(folder, () => rm(folder, { recursive: true, force: true }))
  const { finished } = await train({ ...options, ...trainHooks?.(name, options.stop), resume })
  if (!finished) guard.pause()
}

/** True if a run has done something that is worth going on with. */
async function hasBegun(folder: string): Promise<boolean> {
  const { metrics, checkpoints } = runLayout(folder)
  const lines = await readFile(metrics, 'utf8').catch(() => '')
  return lines !== '' || (await readdir(checkpoints).catch(() => [])).length > 0
}

function optionsOf(config: Json): Json {
  return { kind: 'train', ...(config as Readonly<Record<string, Json>>) }
}

/** @throws `corrupt-file` */
async function readSummary(folder: string): Promise<RunSummary> {
  const path = runLayout(folder).summary
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RunSummary
  } catch (cause) {
    throw new IcrlError(`${path} is missing or not JSON.`, {
      code: 'corrupt-file',
      remedy: `Restore it, or delete ${folder}/step.json: the run then writes both again from its newest checkpoint.`,
      cause,
    })
  }
}
