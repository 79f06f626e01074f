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
  icrl train --config run.config.ts --out runs/first --csv --tensorboard
  icrl train --out runs/first --resume
  icrl train --out runs/first --resume --steps 200

A configuration has model, recipe, roles, tasks, stop and optimizer; it may have evaluation, references, seed, backend,
concurrency, sessionTimeoutMs, maxFailedSteps, checkpoints, renderer and engine (in JSON: method and task in place of recipe).

A run that is resumed may have a later end (--steps, --tokens) and another concurrency; nothing else of it may change.

Ctrl-C stops at the next step boundary and keeps a checkpoint; a second one stops at once. Only kill -9 ends
code that never yields, such as a verifier with an endless loop.
Exit codes: 0 done, 1 failed, 2 not understood, 3 paused (resume it), 130 stopped at once.`

/** `icrl train` */
export function trainCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('train')
    .description('train a model as a configuration says, into a run folder')
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
    .option('--steps <n>', 'stop after so many steps', wholeNumber(1))
    .option(
      '--tokens <n>',
      'stop with the step that reaches so many sampled tokens',
      wholeNumber(1),
    )
    .option('--concurrency <n>', 'sessions under way at once', wholeNumber(1))
    .option('--max-minutes <n>', 'pause at the step boundary after so many minutes', positiveNumber)
    .option('--csv', 'also write the figures as a table, metrics.csv in the run folder')
    .option(
      '--tensorboard',
      'also write them for TensorBoard, in the folder tensorboard of the run folder',
    )
    .option('--json', 'print the summary as JSON on standard output')
    .option('-q, --quiet', 'no progress')
    .option('--no-report', 'no report.html at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: TrainFlags) => finish(await runTrain(flags)))
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
      remedy: 'Give --config FILE.',
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

async function overridesOf({
  model,
  backend,
  seed,
  steps,
  tokens,
  concurrency,
}: TrainFlags): Promise<RunOverrides> {
  if (steps !== undefined && tokens !== undefined)
    throw new IcrlError('icrl train: --steps and --tokens are both given.', {
      code: 'invalid-option',
      remedy: 'Give one of them.',
    })
  return {
    ...(model !== undefined && { model: await absoluteModel(model) }),
    ...(backend !== undefined && { backend }),
    ...(seed !== undefined && { seed }),
    ...(steps !== undefined && { steps }),
    ...(tokens !== undefined && { tokens }),
    ...(concurrency !== undefined && { concurrency }),
  }
}
