import { compareRuns, findRuns, type Comparison, type Estimate, type Run } from '@icrl/report'
import type { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { sparkline } from '../progress/sparkline.ts'
import { countInWords } from '../progress/words.ts'
import { positiveNumber, wholeNumber } from './parse-number.ts'

interface CompareFlags {
  readonly condition?: string
  readonly threshold: number
  readonly resamples: number
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl compare runs/quickstart                  every arm of a comparison
  icrl compare runs/icrl runs/grpo --threshold 0.5

A folder is a run, or holds one run per arm (OUT/icrl, or OUT/icrl/seed-0 …). Methods are compared at the tokens that all of them sampled.`

/** `icrl compare` */
export function compareCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('compare')
    .argument('<runs...>', 'folders of runs, or of comparisons')
    .description('compare methods at equal sampled tokens, with 95% intervals')
    .option(
      '--condition <name>',
      'evaluation to compare, or set/condition; default: the headline of the runs',
    )
    .option(
      '--threshold <share>',
      'accuracy for which the tokens to reach it are reported',
      positiveNumber,
      0.7,
    )
    .option('--resamples <n>', 'bootstrap resamples', wholeNumber(1), 2000)
    .option('--json', 'print the comparison as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folders: string[], flags: CompareFlags) =>
      finish(await runCompare(folders, flags)),
    )
}

async function runCompare(
  folders: readonly string[],
  { json, ...options }: CompareFlags,
): Promise<number> {
  const comparison = await compareRuns(await runsIn(folders), options)
  process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : comparisonInWords(comparison))
  return EXIT.done
}

/** The runs in several folders, in their order. */
export async function runsIn(folders: readonly string[]): Promise<Run[]> {
  const found: Run[] = []
  for (const folder of folders) found.push(...(await findRuns(folder)))
  return found
}

function comparisonInWords({
  condition,
  threshold,
  horizon,
  tasks,
  sets,
  methods,
  pairs,
  omitted,
  partial,
  unlike,
  statement,
}: Comparison): string {
  const width = Math.max(...methods.map(({ method }) => method.length))
  const rows = methods.flatMap(({ method, runs, atHorizon, area, tokensToThreshold: reach }) => [
    `${method.padEnd(width)}  accuracy ${interval(atHorizon)}  area ${interval(area)}  reaches ${threshold}: ${reach.reached} of ${reach.of}${reach.median === undefined ? '' : `, median ${countInWords(reach.median)} tokens`}`,
    ...runs.map(
      ({ seed, points, initial, final }) =>
        `${' '.repeat(width)}  seed ${seed}: ${initial.toFixed(2)} ${sparkline(points.map(({ value }) => value))} ${final.toFixed(2)}`,
    ),
  ])
  const differences = pairs.map(
    ({ first, second, atHorizon, area }) =>
      `${first} − ${second}: accuracy ${interval(atHorizon)}, area ${interval(area)}`,
  )
  return [
    `${condition.replaceAll('_', ' ')}, at ${countInWords(horizon)} sampled tokens${tasks > 0 ? `, ${tasks} held-out tasks${sets > 1 ? ` in ${sets} sets, each counted once` : ''}` : ''}`,
    ...rows,
    ...differences,
    ...(omitted.length > 0 ? [`Left out, never evaluated so: ${omitted.join(', ')}.`] : []),
    ...partialInWords(partial),
    ...unlike,
    statement,
    '',
  ].join('\n')
}

/** A line a run: where its sessions failed, and what that may cost. */
function partialInWords(partial: Comparison['partial']): string[] {
  const runs = new Map<string, (typeof partial)[number][]>()
  for (const one of partial) {
    const run = `${one.method}, seed ${one.seed}`
    runs.set(run, [...(runs.get(run) ?? []), one])
  }
  return [...runs].flatMap(([run, all]) => {
    const lost = all.filter(({ failed, of }) => failed === of)
    const bounded = all.filter(({ failed, of }) => failed < of)
    const most = Math.max(...bounded.map(({ failed, of }) => failed / of))
    return [
      ...(bounded.length > 0
        ? [
            `${run}: sessions failed after ${stepsOf(bounded)} steps, and count as no success: accuracies there are at most ${most.toFixed(3)} higher.`,
          ]
        : []),
      ...(lost.length > 0
        ? [`${run}: every session failed after ${stepsOf(lost)} steps, which are left out.`]
        : []),
    ]
  })
}

function stepsOf(partial: Comparison['partial']): string {
  return partial.map(({ step }) => step).join(', ')
}

function interval({ value, low, high }: Estimate): string {
  return low === undefined || high === undefined
    ? value.toFixed(3)
    : `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}
