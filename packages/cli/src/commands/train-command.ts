import { join, resolve } from 'node:path'
import { IcrlError } from '@icrl/core'
import { findRuns, writeReport } from '@icrl/report'
import { train, type RunSummary } from '@icrl/trainer'
import { Option, type Command } from 'commander'
import { buildRun, type BuiltRun, type RunOverrides } from '../config/build-run.ts'
import { bytesInWords, diskUse } from '../config/disk-use.ts'
import { loadRunConfig } from '../config/load-run-config.ts'
import { storedSource } from '../config/stored-run.ts'
import { EXIT } from '../exit-code.ts'
import { progressPrinter, type ProgressPrinter } from '../progress/progress-printer.ts'
import { durationInWords, countInWords, shareInWords } from '../progress/words.ts'
import { positiveNumber, wholeNumber } from './parse-number.ts'

interface TrainFlags extends RunOverrides {
  readonly config?: string
  readonly out?: string
  readonly resume?: boolean
  readonly maxMinutes?: number
  readonly json?: boolean
  readonly quiet?: boolean
  readonly report: boolean
}

const EXAMPLES = `
Examples:
  icrl train --config run.config.ts --out runs/first
  icrl train --config run.config.ts --out runs/seed-1 --seed 1 --steps 20
  icrl train --out runs/first --resume

Ctrl-C stops at the next step boundary and keeps a checkpoint; a second one stops at once.
Exit codes: 0 done, 1 failed, 2 not understood, 3 paused (resume it), 130 stopped at once.`

/** `icrl train` */
export function trainCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('train')
    .description('train a model as a configuration says, into a run folder')
    .addOption(new Option('-c, --config <file>', 'run configuration: TypeScript, JavaScript or JSON (with --resume: taken from the run)'))
    .option('-o, --out <dir>', 'the run folder')
    .option('--resume', 'continue the run in the folder from its newest checkpoint')
    .option('--model <dir>', 'Hugging Face folder, instead of the configuration’s')
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--seed <n>', 'seed, instead of the configuration’s', wholeNumber(0))
    .option('--steps <n>', 'stop after so many steps', wholeNumber(1))
    .option('--tokens <n>', 'stop with the step that reaches so many sampled tokens', wholeNumber(1))
    .option('--max-minutes <n>', 'pause at the step boundary after so many minutes', positiveNumber)
    .option('--json', 'print the summary as JSON on standard output')
    .option('-q, --quiet', 'no progress')
    .option('--no-report', 'no report.html at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: TrainFlags) => finish(await runTrain(flags)))
}

async function runTrain(flags: TrainFlags): Promise<number> {
  const { resume = false, maxMinutes, json, quiet, report } = flags
  const out = requireOut(flags)
  const stored = resume && flags.config === undefined ? await storedSource(out) : undefined
  const overrides = stored?.overrides ?? overridesOf(flags)
  const loaded = await loadRunConfig(stored?.file ?? requireConfig(flags))
  await using run = await buildRun(loaded, out, overrides)
  const progress = progressPrinter({ stop: run.options.stop, label: run.options.recipe.name })
  if (!quiet) await announce(progress, run, out)
  const pause = pauseOnInterrupt(progress, out)
  try {
    const result = await train({ ...run.options, ...(!quiet && progress), directory: out, resume, maxMinutes, signal: pause.signal })
    if (!quiet) progress.done()
    if (result.finished && report) await reportOn(out, progress)
    const { summary, finished } = result
    if (json) process.stdout.write(`${JSON.stringify({ ...summary, finished })}\n`)
    else if (finished) process.stdout.write(`${resultLine(summary, out)}\n`)
    if (!finished) process.stderr.write(`Paused after ${summary.steps} steps. To go on: icrl train --out ${out} --resume\n`)
    return finished ? EXIT.done : EXIT.paused
  } finally {
    pause.release()
  }
}

function resultLine({ method, steps, tokens_sampled, wall_seconds, eval_initial, eval_final }: RunSummary, out: string): string {
  const heldOut = eval_final === undefined ? '' : `; held out ${shareInWords(eval_initial)} → ${shareInWords(eval_final)}`
  return `${method}: ${steps} steps, ${countInWords(tokens_sampled)} tokens, ${durationInWords(wall_seconds)}${heldOut}; ${out}`
}

function requireOut({ out }: TrainFlags): string {
  if (out !== undefined) return out
  throw new IcrlError('icrl train: no run folder is given.', { code: 'invalid-option', remedy: 'Give --out DIR.' })
}

function requireConfig({ config, resume }: TrainFlags): string {
  if (config !== undefined) return config
  throw new IcrlError('icrl train: no configuration is given.', { code: 'invalid-option', remedy: resume ? 'Give --config FILE: the run in --out does not name one.' : 'Give --config FILE.' })
}

function overridesOf({ model, backend, seed, steps, tokens }: TrainFlags): RunOverrides {
  if (steps !== undefined && tokens !== undefined) throw new IcrlError('icrl train: --steps and --tokens are both given.', { code: 'invalid-option', remedy: 'Give one of them.' })
  return { ...(model !== undefined && { model: resolve(model) }), ...(backend !== undefined && { backend }), ...(seed !== undefined && { seed }), ...(steps !== undefined && { steps }), ...(tokens !== undefined && { tokens }) }
}

async function announce({ note }: ProgressPrinter, { options, backend, policy }: BuiltRun, out: string): Promise<void> {
  const { recipe, tasks, evaluation, checkpoints } = options
  const passedOver = backend.passedOver.length > 0 ? ` (passed over: ${backend.passedOver.map(({ name }) => name).join(', ')}; icrl doctor says why)` : ''
  const { needed, free } = await diskUse(policy, checkpoints?.keep ?? 3, out)
  note(`${recipe.name} on ${tasks.length} tasks${evaluation ? `, ${evaluation.tasks.length} held out` : ''}; backend ${backend.name}${passedOver}`)
  note(`into ${out}: ${bytesInWords(needed)} for checkpoints and model, and the samples of each step`)
  if (backend.notice) note(backend.notice)
  if (free !== undefined && free < needed) note(`Only ${bytesInWords(free)} are free there: the run will stop when the disk is full, to be resumed. Keep fewer checkpoints, or choose another folder.`)
}

/** The page is an extra: the run is complete without it. */
async function reportOn(out: string, { note }: ProgressPrinter): Promise<void> {
  try {
    await writeReport(await findRuns(out), join(out, 'report.html'))
  } catch (error) {
    note(`No report.html: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The first interrupt pauses the run, the second ends the process. */
function pauseOnInterrupt({ note }: ProgressPrinter, out: string): { readonly signal: AbortSignal; release(): void } {
  const pause = new AbortController()
  const interrupt = (): void => {
    if (pause.signal.aborted) process.exit(EXIT.stopped)
    note(`Stopping at the step boundary, with a checkpoint (again: at once). To go on: icrl train --out ${out} --resume`)
    pause.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  return { signal: pause.signal, release: () => (['SIGINT', 'SIGTERM'] as const).forEach((name) => process.off(name, interrupt)) }
}
