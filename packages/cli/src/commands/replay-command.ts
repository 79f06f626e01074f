import {
  groupAdvantage,
  groupBy,
  leaveOneOut,
  mean,
  meanStd,
  noBaseline,
  type Baseline,
} from '@icrl/advantage'
import {
  calibrationWeights,
  capWeights,
  geometricMeanWeights,
  sequenceWeights,
} from '@icrl/calibration'
import { IcrlError, type Recipe, type WeightRule } from '@icrl/core'
import { clippedSurrogate } from '@icrl/objective'
import type { Metrics } from '@icrl/trainer'
import { replayStep } from '@icrl/trainer/node'
import type { Command } from 'commander'
import { buildRun } from '../config/build-run.ts'
import { partCalled } from '../config/named-methods.ts'
import { loadStoredRun } from '../config/stored-run.ts'
import { EXIT } from '../exit-code.ts'
import { positiveNumber, wholeNumber } from './parse-number.ts'

interface ReplayFlags {
  readonly config?: string
  readonly step: number
  readonly clip?: string
  readonly weights?: string
  readonly maxWeight?: number
  readonly baseline?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl replay runs/first --step 12                     the step again: the same bits
  icrl replay runs/first --step 12 --clip 0.2,0.4      what another clip would have cut
  icrl replay runs/first --step 12 --weights none      the gradient without w_t

Starts from the nearest earlier checkpoint and re-applies the stored steps in between. --clip sets the objective to the
clipped surrogate, --baseline groups by task and role; the rest of the recipe stays as it is.`

const WEIGHTS: Readonly<Record<string, WeightRule | undefined>> = {
  none: undefined,
  token: calibrationWeights(),
  sequence: sequenceWeights(),
  'geometric-mean': geometricMeanWeights(),
}
const BASELINES: Readonly<Record<string, Baseline>> = {
  none: noBaseline(),
  mean: mean(),
  'mean-std': meanStd(),
  'leave-one-out': leaveOneOut(),
}

/** `icrl replay` */
export function replayCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('replay')
    .argument('<run>', 'folder of the run')
    .description(
      'compute a stored step again, as it was or as it would have been with other settings',
    )
    .option('-s, --step <n>', 'the step, from 0', wholeNumber(0))
    .option('-c, --config <file>', 'run configuration, where the run does not name one')
    .option('--clip <low,high>', 'clip distances')
    .option('--weights <rule>', `token weights: ${Object.keys(WEIGHTS).join(', ')}`)
    .option('--max-weight <w>', 'upper limit of the weights (w_max)', positiveNumber)
    .option('--baseline <name>', `advantages: ${Object.keys(BASELINES).join(', ')}`)
    .option('--json', 'print both sides as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, flags: ReplayFlags) => finish(await runReplay(run, flags)))
}

async function runReplay(
  run: string,
  { config, step, json, ...changes }: ReplayFlags,
): Promise<number> {
  if (step === undefined)
    throw new IcrlError('icrl replay: no step is given.', {
      code: 'invalid-option',
      remedy: 'Give --step N.',
    })
  const { loaded, overrides } = await loadStoredRun(run, config)
  const change = changeOf(changes)
  await using built = await buildRun(loaded, run, overrides)
  const replayed = await replayStep({ options: built.options, directory: run, step, change })
  const { from, metrics, stored } = replayed
  if (json) process.stdout.write(`${JSON.stringify({ step, from, stored, replayed: metrics })}\n`)
  else
    process.stdout.write(
      `step ${step}, from ${from === 0 ? 'the first weights' : `the checkpoint after ${from} steps`}\n${table(stored, metrics)}\n`,
    )
  return EXIT.done
}

function changeOf({
  clip,
  weights,
  maxWeight,
  baseline,
}: Omit<ReplayFlags, 'config' | 'step' | 'json'>): (recipe: Recipe) => Recipe {
  const parts: Partial<Recipe> = {
    ...(clip !== undefined && { objective: clippedSurrogate(clipOf(clip)) }),
    ...(weights !== undefined && { weights: partCalled('--weights', WEIGHTS, weights) }),
    ...(maxWeight !== undefined && { capWeights: capWeights({ cap: maxWeight }) }),
    ...(baseline !== undefined && {
      advantages: groupAdvantage({
        by: groupBy('task', 'role'),
        baseline: partCalled('--baseline', BASELINES, baseline),
      }),
    }),
  }
  return (recipe) => ({ ...recipe, ...parts })
}

function clipOf(text: string): { clipLow: number; clipHigh: number } {
  const [clipLow, clipHigh = clipLow, ...more] = text.split(',').map(Number)
  if (more.length === 0 && clipLow >= 0 && clipHigh >= 0) return { clipLow, clipHigh }
  throw new IcrlError(`--clip is "${text}".`, {
    code: 'invalid-option',
    remedy: 'Give one distance, or two: --clip 0.2,0.28.',
  })
}

function table(stored: Metrics, replayed: Metrics): string {
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(replayed)])]
  const width = Math.max(...keys.map(({ length }) => length))
  const cell = (value: number | undefined): string =>
    (value === undefined ? '–' : value.toPrecision(6)).padStart(14)
  const rows = keys.map(
    (key) =>
      `  ${key.padEnd(width)}${cell(stored[key])}${cell(replayed[key])}${stored[key] === replayed[key] ? '' : '  *'}`,
  )
  return [`  ${''.padEnd(width)}${'stored'.padStart(14)}${'replayed'.padStart(14)}`, ...rows].join(
    '\n',
  )
}
