import { IcrlError } from '@icrl/core'
import { Option, type Command } from 'commander'
import type { RunOverrides } from '../config/build-run.ts'
import { loadRunConfig } from '../config/load-run-config.ts'
import { loadStoredRun } from '../config/stored-run.ts'
import { absoluteModel } from '../hub/model-folder.ts'
import { requireOut, runTraining, type TrainingFlags } from '../run-training.ts'
import { positiveNumber, wholeNumber } from './parse-number.ts'

interface TrainFlags extends RunOverrides, TrainingFlags {
  readonly config?: string
  readonly out?: string
}

const EXAMPLES = `
Examples:
  icrl train --config run.config.ts --out runs/first
  icrl train --config run.config.ts --out runs/seed-1 --seed 1 --steps 20
  icrl train --config run.config.ts --out runs/faster --learning-rate 3e-6 --tasks-per-step 16
  icrl train --config run.config.ts --out runs/first --csv --tensorboard
  icrl train --out runs/first --resume
  icrl train --out runs/first --resume --steps 200

A configuration has model, recipe, roles, tasks, stop and optimizer; optional are evaluation, references, seed, backend,
concurrency, sessionTimeoutMs, maxFailedSteps, checkpoints, renderer and engine (in JSON: method and task in place of recipe).

A resumed run may have a later end (--steps, --tokens) and another concurrency; nothing else may change.

Ctrl-C stops at the next step boundary and keeps a checkpoint; a second one stops at once. Code that never
yields, such as a verifier in an endless loop, ends only with kill -9.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 paused (resume it), 130 stopped at once.`

/** `icrl train` */
export function trainCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('train')
    .argument('[config]', 'the run configuration, in place of --config')
    .description('train a model as its configuration says, into a run folder')
    .addOption(
      new Option(
        '-c, --config <file>',
        'run configuration: TypeScript, JavaScript or JSON (with --resume: taken from the run)',
      ),
    )
    .option('-o, --out <dir>', 'the run folder')
    .option('--resume', 'continue the run in the folder from its newest checkpoint')
    .option(
      '--model <where>',
      'Hugging Face folder or hf:owner/name, instead of the configuration’s',
    )
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--seed <n>', 'seed, instead of the configuration’s', wholeNumber(0))
    .option('--steps <n>', 'stop after this many steps', wholeNumber(1))
    .option(
      '--tokens <n>',
      'stop after the step that reaches this many sampled tokens',
      wholeNumber(1),
    )
    .option('--learning-rate <r>', 'learning rate, instead of the configuration’s', positiveNumber)
    .option('--tasks-per-step <n>', 'tasks of a step, instead of the recipe’s', wholeNumber(1))
    .option(
      '--sessions-per-task <n>',
      'sessions of a task (G), instead of the recipe’s',
      wholeNumber(1),
    )
    .option(
      '--max-tokens <n>',
      'most tokens per turn, for every role that the model answers',
      wholeNumber(1),
    )
    .option(
      '--temperature <t>',
      'sampling temperature, for every role that the model answers',
      positiveNumber,
    )
    .option('--concurrency <n>', 'sessions that run at once', wholeNumber(1))
    .option(
      '--max-minutes <n>',
      'pause at the first step boundary after this many minutes',
      positiveNumber,
    )
    .option('--csv', 'also write the metrics as a table, metrics.csv in the run folder')
    .option(
      '--tensorboard',
      'also write the metrics for TensorBoard, in the folder tensorboard of the run folder',
    )
    .option('--json', 'print the summary as JSON on standard output')
    .option('-q, --quiet', 'no progress')
    .option('--no-report', 'no report.html at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (config: string | undefined, flags: TrainFlags) =>
      finish(await runTrain(withConfig(config, flags))),
    )
}

/** The configuration may stand alone, as in `icrl plan FILE`, or behind `--config`. */
function withConfig(config: string | undefined, flags: TrainFlags): TrainFlags {
  if (config === undefined) return flags
  if (flags.config === undefined) return { ...flags, config }
  throw new IcrlError(`icrl train: two configurations, ${flags.config} and ${config}.`, {
    code: 'invalid-option',
    remedy: 'Give one of them.',
  })
}

async function runTrain(flags: TrainFlags): Promise<number> {
  const { out, config, resume } = flags
  const folder = requireOut('icrl train', out)
  if (resume) {
    const { loaded, overrides } = await loadStoredRun(folder, config)
    return runTraining({
      ...flags,
      loaded,
      overrides: joined(overrides, await overridesOf(flags)),
      out: folder,
    })
  }
  if (config === undefined)
    throw new IcrlError('icrl train: no configuration is given.', {
      code: 'invalid-option',
      remedy: 'Give --config FILE; `icrl init DIR` writes one.',
    })
  return runTraining({
    ...flags,
    loaded: await loadRunConfig(config),
    overrides: await overridesOf(flags),
    out: folder,
  })
}

/** Stored overrides with those of this call, of which one end of the run replaces another. */
function joined({ steps, tokens, ...stored }: RunOverrides, given: RunOverrides): RunOverrides {
  const ends = given.steps !== undefined || given.tokens !== undefined
  return { ...stored, ...(!ends && { steps, tokens }), ...given }
}

async function overridesOf(flags: TrainFlags): Promise<RunOverrides> {
  const { model, steps, tokens } = flags
  if (steps !== undefined && tokens !== undefined)
    throw new IcrlError('icrl train: --steps and --tokens are both given.', {
      code: 'invalid-option',
      remedy: 'Give one of them.',
    })
  const given = OVERRIDES.filter((name) => flags[name] !== undefined)
  return {
    ...Object.fromEntries(given.map((name) => [name, flags[name]])),
    ...(model !== undefined && { model: await absoluteModel(model) }),
  }
}

/** Flags that replace parts of the configuration. */
const OVERRIDES = [
  'backend',
  'seed',
  'steps',
  'tokens',
  'concurrency',
  'learningRate',
  'tasksPerStep',
  'sessionsPerTask',
  'maxTokens',
  'temperature',
] as const satisfies readonly (keyof RunOverrides)[]
