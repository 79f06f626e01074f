import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { IcrlError, type Policy, runLayout } from '@icrl/core'
import {
  combineHooks,
  repeatedTasks,
  train,
  type RunSummary,
  type TrainHooks,
  evaluationSets,
  type EvaluationOptions,
  type RepeatedTasks,
} from '@icrl/trainer'
import { csvSink, logSink, tensorBoardSink } from '@icrl/trainer/node'
import { buildRun, type BuiltRun, type RunOverrides } from './config/build-run.ts'
import { bytesInWords, diskUse } from './config/disk-use.ts'
import { suggestedSampling } from './config/suggested-sampling.ts'
import type { LoadedConfig } from './config/load-run-config.ts'
import { requireSave } from './config/open-model.ts'
import { EXIT } from './exit-code.ts'
import { warnOfNoSpread } from './progress/no-spread.ts'
import { progressPrinter, type ProgressPrinter } from './progress/progress-printer.ts'
import { shellWord } from './shell-word.ts'
import { countInWords, durationInWords, shareInWords } from './progress/words.ts'

/** Flags of every command that trains. */
export interface TrainingFlags {
  readonly resume?: boolean
  readonly maxMinutes?: number
  readonly json?: boolean
  readonly quiet?: boolean
  readonly report: boolean
  /** Also write the figures as a table. */
  readonly csv?: boolean
  /** Also write them for TensorBoard. */
  readonly tensorboard?: boolean
}

export interface RunTrainingOptions extends TrainingFlags {
  readonly loaded: LoadedConfig
  readonly overrides: RunOverrides
  /** The run's folder. */
  readonly out: string
}

/** Builds and trains a run, shows its progress and its result; returns the exit code. */
export async function runTraining({
  loaded,
  overrides,
  out,
  ...flags
}: RunTrainingOptions): Promise<number> {
  const { resume = false, maxMinutes, json, quiet, report } = flags
  await using run = await buildRun(loaded, out, overrides)
  if (resume) requireSave(run.policy, run.model, out)
  const progress = progressPrinter({ stop: run.options.stop, label: run.options.recipe.name })
  if (!quiet) await announce(progress, run, out)
  const toGoOn = `icrl train --out ${shellWord(out)} --resume`
  const pause = pauseOnInterrupt(progress, toGoOn)
  try {
    const { summary, finished } = await train({
      ...run.options,
      ...combineHooks(
        quiet ? {} : combineHooks(progress, { onStep: warnOfNoSpread(progress.note) }),
        logSink(join(out, 'run.log'), logOf(run)),
        sinksOf(out, flags),
      ),
      directory: out,
      resume,
      maxMinutes,
      signal: pause.signal,
    })
    if (!quiet) progress.done()
    if (!quiet && finished)
      progress.note(`icrl plan ${shellWord(out)} holds its memory and tokens against the plan`)
    if (finished && report) await reportOn(out, progress)
    if (json) process.stdout.write(`${JSON.stringify({ ...summary, finished })}\n`)
    else if (finished) process.stdout.write(`${resultLine(summary, out)}\n`)
    if (!finished)
      process.stderr.write(
        `Paused after ${summary.steps} steps. ${run.policy.capabilities.has('save') ? `To go on: ${toGoOn}` : `The engine ${run.model} keeps no weights: the run cannot go on.`}\n`,
      )
    return finished ? EXIT.done : EXIT.paused
  } finally {
    pause.release()
  }
}

/** What the log's first line says of the engine and of the tasks. */
function logOf({ backend, model, options }: BuiltRun): Record<string, string> {
  const repeated = Object.fromEntries(
    repeatedTasks(options).map((found, i) => [`repeated-${i + 1}`, repeatedInWords(found)]),
  )
  if (backend === undefined) return { engine: model, ...repeated }
  return {
    ...repeated,
    backend: backend.name,
    ...Object.fromEntries(
      backend.passedOver.map(({ name, reason }) => [`no-${name}`, JSON.stringify(reason)]),
    ),
  }
}

/** A resumed run goes on writing the files it wrote before the pause. */
function sinksOf(out: string, { resume, csv, tensorboard }: TrainingFlags): TrainHooks {
  const [table, board] = [join(out, 'metrics.csv'), join(out, 'tensorboard')]
  const isKept = (path: string): boolean => resume === true && existsSync(path)
  return combineHooks(
    csv || isKept(table) ? csvSink(table) : {},
    tensorboard || isKept(board) ? tensorBoardSink(board) : {},
  )
}

/** @throws `invalid-option` if no folder is given */
export function requireOut(command: string, out: string | undefined): string {
  if (out !== undefined && statSync(out, { throwIfNoEntry: false })?.isFile())
    throw new IcrlError(`${command}: ${resolve(out)} is a file, not a folder.`, {
      code: 'invalid-option',
      remedy: 'Give --out a folder, which need not exist.',
    })
  if (out !== undefined) return out
  throw new IcrlError(`${command}: no run folder is given.`, {
    code: 'invalid-option',
    remedy: 'Give --out DIR.',
  })
}

function resultLine(
  {
    method,
    steps,
    tokens_sampled,
    wall_seconds,
    eval_initial,
    eval_initial_coverage,
    eval_final,
    eval_final_coverage,
  }: RunSummary,
  out: string,
): string {
  const heldOut =
    eval_final === undefined
      ? ''
      : `; held out ${accuracyInWords(eval_initial, eval_initial_coverage)} → ${accuracyInWords(eval_final, eval_final_coverage)}`
  return `${method}: ${steps} steps, ${countInWords(tokens_sampled)} tokens, ${durationInWords(wall_seconds)}${heldOut}; ${out}`
}

/** `0.41`, or `0.41 of the 96% of sessions that did not fail`. */
function accuracyInWords(accuracy: number | undefined, coverage = 1): string {
  const over =
    coverage < 1 ? ` of the ${Math.floor(100 * coverage)}% of sessions that did not fail` : ''
  return `${shareInWords(accuracy)}${over}`
}

async function announce(
  { note }: ProgressPrinter,
  { options, backend, policy, model }: BuiltRun,
  out: string,
): Promise<void> {
  const { recipe, tasks, evaluation, checkpoints } = options
  const passedOver =
    backend && backend.passedOver.length > 0
      ? ` (passed over: ${backend.passedOver.map(({ name }) => name).join(', ')}; icrl doctor says why)`
      : ''
  const { needed, free } = await diskUse(policy, checkpoints?.keep ?? 3, out)
  note(
    `${recipe.name} on ${tasks.length} tasks${evaluation ? `, ${heldOutTasks(evaluation)} held out` : ''}; ${backend ? `backend ${backend.name}${passedOver}` : `engine ${model}`}`,
  )
  for (const repeated of repeatedTasks(options)) note(repeatedInWords(repeated))
  note(`into ${out}: ${weightsInWords(policy, needed)}the samples of each step`)
  if (backend?.notice) note(backend.notice)
  const suggested = await suggestedSampling(model, options.roles)
  if (suggested !== undefined) note(suggested)
  if (free !== undefined && needed !== undefined && free < needed)
    note(
      `Only ${bytesInWords(free)} are free there: the run will stop when the disk is full, to be resumed. Keep fewer checkpoints, or choose another folder.`,
    )
}

/** Most characters of an example. */
const SHOWN = 60

function repeatedInWords({ set, of, count, tasks, first }: RepeatedTasks): string {
  const whose = set === null ? 'tasks' : `held-out tasks${set === '' ? '' : ` of ${set}`}`
  const what = of === 'training' ? 'are trained on, too' : 'repeat an earlier one'
  const text = first.text.length > SHOWN ? `${first.text.slice(0, SHOWN)}…` : first.text
  return `${count} of ${tasks} ${whose} ${what}, the first of them ${first.id} as ${first.earlier}: ${JSON.stringify(text)}`
}

function heldOutTasks(evaluation: EvaluationOptions): number {
  return evaluationSets(evaluation).reduce((sum, set) => sum + set.tasks.length, 0)
}

function weightsInWords({ capabilities }: Policy, needed: number | undefined): string {
  if (!capabilities.has('save')) return 'no checkpoints, for the engine keeps no weights; '
  return needed === undefined
    ? 'checkpoints and model, and '
    : `${bytesInWords(needed)} for checkpoints and model, and `
}

/** The page is an extra: the run is complete without it. */
export async function reportOn(
  out: string,
  { note }: Pick<ProgressPrinter, 'note'>,
): Promise<void> {
  try {
    const { findRuns, writeReport } = await import('@icrl/report')
    await writeReport(await findRuns(out), runLayout(out).report)
  } catch (error) {
    note(`No report.html: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The first interrupt pauses the run, the second ends the process: Ctrl-C, `kill`, or the end of
 * the terminal. Code that never yields, such as a verifier with an endless loop, lets no signal
 * through but `kill -9`.
 */
export function pauseOnInterrupt(
  { note }: Pick<ProgressPrinter, 'note'>,
  toGoOn: string,
): { readonly signal: AbortSignal; release(): void } {
  const pause = new AbortController()
  const interrupt = (): void => {
    if (pause.signal.aborted) process.exit(EXIT.stopped)
    note(`Stopping at the step boundary, with a checkpoint (again: at once). To go on: ${toGoOn}`)
    pause.abort()
  }
  for (const name of INTERRUPTS) process.on(name, interrupt)
  return {
    signal: pause.signal,
    release: () => INTERRUPTS.forEach((name) => process.off(name, interrupt)),
  }
}
