import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { IcrlError } from '@icrl/core'
import { areaUnderCurve, valueAt } from '@icrl/report'
import type { LoadedConfig } from 'icrl'
import { currentCommit } from './current-commit.ts'
import { plannedRuns, type Experiment } from './experiment.ts'
import { measureRun, rateOf, type MeasureRunOptions } from './measure-run.ts'
import { ratesFound } from './rates-found.ts'
import { readCurves, storeCurve, type StoredCurve } from './stored-curves.ts'
import { unknownExperiment } from './unknown-experiment.ts'

export interface RunExperimentsOptions extends Pick<MeasureRunOptions, 'metric' | 'beside'> {
  /** By name, the most important first. */
  readonly experiments: Readonly<Record<string, Experiment>>
  /** Default folder of the results, `NAME.jsonl` each. */
  readonly results: string
  /** The configuration of an arm. */
  readonly load: (task: string, arm: string) => Promise<LoadedConfig>
  readonly guesses?: () => MeasureRunOptions['guesses']
}

/**
 * The command `experiments [--out DIR] [--tokens N] [NAME …]`: every run of the named experiments,
 * all of them by default. Each run is stored as it ends, so that a second call goes on where the
 * first was stopped.
 *
 * @throws IcrlError `invalid-option`
 */
export async function runExperiments(
  args: readonly string[],
  options: RunExperimentsOptions,
): Promise<void> {
  const { experiments, results } = options
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: results },
      tokens: { type: 'string', default: 'Infinity' },
    },
  })
  const names = positionals.length > 0 ? positionals : Object.keys(experiments)
  for (const name of names)
    if (!Object.hasOwn(experiments, name)) throw unknownExperiment(name, Object.keys(experiments))
  const atMost = Number(values.tokens)
  if (!(atMost >= 1))
    throw new IcrlError(`--tokens is "${values.tokens}".`, {
      code: 'invalid-option',
      remedy: 'Use a number of 1 or more.',
    })
  const commit = currentCommit(results)
  for (const name of names) {
    const planned = experiments[name]
    const experiment = { ...planned, tokens: Math.min(planned.tokens, atMost) }
    await runExperiment(name, experiment, join(values.out, `${name}.jsonl`), { ...options, commit })
  }
}

async function runExperiment(
  name: string,
  experiment: Experiment,
  file: string,
  { load, guesses, commit, metric, beside }: RunExperimentsOptions & { readonly commit?: string },
): Promise<void> {
  const { task, tokens, places, every, questions, figures } = experiment
  const stored = await readCurves(file)
  console.log(
    `${name}: ${questions} held-out questions at sampled tokens ${places.join(', ')}; ${relative('.', file)}`,
  )
  const planned = plannedRuns(experiment)
  const spent: number[] = []
  for (const [done, { arm, seed, learningRate: given }] of planned.entries()) {
    const loaded = await load(task, arm)
    const learningRate = given ?? rateOf(loaded)
    let curve = stored.find(
      (each) =>
        each.arm === arm &&
        each.seed === seed &&
        each.learningRate === learningRate &&
        each.tokens[each.tokens.length - 1] >= tokens,
    )
    if (!curve) {
      const shared = { metric, beside, figures, guesses: guesses?.() }
      curve = {
        arm,
        seed,
        ...(await measureRun({ loaded, seed, tokens, learningRate, every, questions, ...shared })),
        ...(commit && { commit }),
      }
      await storeCurve(file, curve)
      stored.push(curve)
      spent.push(curve.seconds)
    }
    console.log([row(curve, experiment), ...timeLeft(spent, planned.length - done - 1)].join('  '))
  }
  if (experiment.rates) printBest(stored, experiment)
}

function row(curve: StoredCurve, { places, tokens }: Experiment): string {
  const { arm, seed, learningRate, beside, guesses, weightMean, seconds } = curve
  const guessed = guesses.at(-1)
  return [
    arm.padEnd(15),
    learningRate.toExponential(0),
    `seed ${seed}`.padEnd(8),
    ...places.filter((place) => place <= tokens).map((place) => valueAt(curve, place).toFixed(3)),
    `area ${areaUnderCurve(curve, tokens).toFixed(3)}`,
    ...(beside ? [`beside ${beside[0].toFixed(3)} → ${beside[beside.length - 1].toFixed(3)}`] : []),
    ...(guessed ? [`guesses ${guessed.toFixed(3)}`] : []),
    ...(weightMean === undefined ? [] : [`w̄ ${weightMean.toFixed(2)}`]),
    `${seconds.toFixed(0)} s`,
  ].join('  ')
}

/** How long the runs that are left may take, as long as those that ran took on average. */
function timeLeft(spent: readonly number[], left: number): string[] {
  if (spent.length === 0 || left === 0) return []
  const mean = spent.reduce((sum, seconds) => sum + seconds, 0) / spent.length
  return [`${left} left, about ${Math.ceil((mean * left) / 60)} min`]
}

function printBest(curves: readonly StoredCurve[], experiment: Experiment): void {
  for (const [arm, { learningRate, area }] of ratesFound(experiment, curves))
    console.log(
      `best of ${arm.padEnd(15)} ${learningRate.toExponential(0)}  mean area ${area.toFixed(3)}`,
    )
}
