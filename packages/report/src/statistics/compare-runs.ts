import { IcrlError } from '@icrl/core'
import { checkHeldOut, unlikeSettings } from './alike-runs.ts'
import { distinctLabels } from '../distinct-labels.ts'
import { headlineOf } from '../headline-of.ts'
import type { Run } from '../run.ts'
import { bootstrapMethods, type Figures, type MethodCurves } from './bootstrap-methods.ts'
import type { ComparedMethod, ComparedRun, Comparison } from './comparison.ts'
import { areaUnderCurve, tokensToThreshold, valueAt, type Curve } from './curve.ts'
import { readCurve, setOf, type OutcomeCurve } from './read-curves.ts'
import { largest, smallest } from './extremes.ts'

/** Options of {@link compareRuns}. */
export interface CompareRunsOptions {
  /**
   * Condition of the evaluation, such as `critique_free`, or that of one set of held-out tasks:
   * `math500/critique_free`.
   *
   * @defaultValue the runs' headline
   */
  readonly condition?: string
  /** Accuracy whose price in tokens is reported. @defaultValue 0.7 */
  readonly threshold?: number
  /** Bootstrap resamples, at least 100. @defaultValue 2000 */
  readonly resamples?: number
}

/**
 * Compares methods at equal sampled tokens: runs of one label are a method's seeds (see
 * `distinctLabels`). Every curve is kept, because outcomes over seeds may be bimodal, and then a
 * mean describes none of them.
 *
 * Sessions of an evaluation that failed count as no success, and `partial` says how many. Runs of
 * other models, learning rates or options are not pooled as seeds of one method.
 *
 * Intervals are 95% percentile-bootstrap intervals over seeds and held-out tasks (see `resample`);
 * a difference of two methods is resampled with the same seeds and tasks for both, so what they
 * share cancels.
 *
 * @throws `run-conflict` for runs that were evaluated on different tasks; `invalid-option` for a run given twice, if none of the runs was evaluated, or if they
 * have several headlines and no condition is named; what reading throws.
 * @example
 * const { pairs, statement } = await compareRuns(await findRuns('runs/quickstart'))
 * for (const { first, second, atHorizon } of pairs)
 *   console.log(`${first} − ${second}:`, atHorizon.value, [atHorizon.low, atHorizon.high])
 * console.log(statement)
 */
export async function compareRuns(
  given: readonly Run[],
  { condition = commonHeadline(given), threshold = 0.7, resamples = 2000 }: CompareRunsOptions = {},
): Promise<Comparison> {
  const runs = distinctLabels(given)
  checkHeldOut(runs, condition)
  const curves = await Promise.all(runs.map((run) => readCurve(run, condition)))
  const omitted = runs
    .filter((_, i) => !curves[i])
    .map(({ label, seed }) => `${label}, seed ${seed}`)
  const known = curves.filter((curve) => curve !== undefined)
  const labels = [...new Set(known.map(({ run }) => run.label))]
  if (known.length === 0)
    throw new IcrlError(`compare: no run was evaluated under "${condition}".`, {
      code: 'invalid-option',
      remedy: 'Evaluate while training (`evaluation`), or name a condition the runs have.',
    })
  const horizon = smallest(known.map(({ tokens }) => tokens.at(-1)!))
  const methods = labels.map((name): MethodCurves => ({
    name,
    curves: known.filter(({ run }) => run.label === name).sort((a, b) => a.run.seed - b.run.seed),
  }))
  const tasks = commonTasks(known)
  const sets = Math.max(1, ...known.map(setsIn))
  const draws = bootstrapMethods({ methods, tasks, horizon, threshold, resamples })
  return {
    condition,
    threshold,
    horizon,
    tasks: tasks.length,
    sets,
    methods: methods.map((method, m) =>
      comparedMethod(method, draws.methods[m], { horizon, threshold }),
    ),
    pairs: draws.pairs,
    omitted,
    partial: known.flatMap(({ run: { label, seed }, partial }) =>
      partial.map((evaluation) => ({ method: label, seed, ...evaluation })),
    ),
    unlike: unlikeSettings(
      methods.map(({ name, curves: own }) => ({ name, runs: own.map(({ run }) => run) })),
    ),
    statement: statementOf({
      methods,
      tasks: tasks.length,
      sets,
      resamples,
      pairs: draws.pairs.length,
    }),
  }
}

/** How many sets of tasks the curve's outcomes are of. */
function setsIn({ outcomes = [] }: OutcomeCurve): number {
  return new Set(outcomes.flatMap((evaluation) => [...evaluation.keys()].map(setOf))).size
}

/** Of the runs that were evaluated under theirs. */
function commonHeadline(runs: readonly Run[]): string {
  const evaluated = runs.filter((run) =>
    run.evaluations.some(({ metrics }) => metrics[`eval/${headlineOf(run)}`] !== undefined),
  )
  const headlines = [...new Set(evaluated.map(headlineOf))]
  if (headlines.length <= 1) return headlines[0] ?? 'critique_free'
  throw new IcrlError(`compare: the runs have the headlines ${headlines.join(', ')}.`, {
    code: 'invalid-option',
    remedy: 'Name the condition to compare (--condition).',
  })
}

/**
 * Tasks with an outcome in every evaluation, by `placeOf`. None if some evaluation has no file, or
 * if a set of tasks has none of them: a mean over the other sets would be another figure.
 */
function commonTasks(curves: readonly OutcomeCurve[]): string[] {
  if (curves.some(({ outcomes }) => !outcomes)) return []
  const evaluations = curves.flatMap(({ outcomes }) => outcomes!)
  const common = [...evaluations[0].keys()].filter((task) =>
    evaluations.every((evaluation) => evaluation.has(task)),
  )
  const sets = new Set(evaluations.flatMap((evaluation) => [...evaluation.keys()].map(setOf)))
  return new Set(common.map(setOf)).size === sets.size ? common : []
}

function comparedMethod(
  { name, curves }: MethodCurves,
  figures: Figures,
  { horizon, threshold }: { horizon: number; threshold: number },
): ComparedMethod {
  return {
    method: name,
    runs: curves.map((curve) => comparedRun(curve, horizon, threshold)),
    ...figures,
  }
}

function comparedRun(
  { run, steps, tokens, accuracies }: OutcomeCurve,
  horizon: number,
  threshold: number,
): ComparedRun {
  const curve: Curve = { tokens, values: accuracies }
  const secondsOf = new Map(run.evaluations.map(({ step, seconds }) => [step, seconds]))
  const reached = tokensToThreshold(curve, threshold)
  return {
    directory: run.directory,
    seed: run.seed,
    points: steps.map((step, i) => ({
      step,
      tokens: tokens[i],
      ...(secondsOf.get(step) !== undefined && { seconds: secondsOf.get(step) }),
      value: accuracies[i],
    })),
    initial: accuracies[0],
    final: accuracies.at(-1)!,
    best: largest(accuracies),
    atHorizon: valueAt(curve, horizon),
    area: areaUnderCurve(curve, horizon),
    ...(reached !== undefined && { tokensToThreshold: reached }),
  }
}

interface StatementOptions {
  readonly methods: readonly MethodCurves[]
  readonly tasks: number
  readonly sets: number
  readonly resamples: number
  /** Pairs with a common seed. */
  readonly pairs: number
}

function statementOf({ methods, tasks, sets, resamples, pairs }: StatementOptions): string {
  const counts = methods.map(({ curves }) => curves.length)
  const [fewest, most] = [smallest(counts), largest(counts)]
  if (tasks <= 1 && most === 1)
    return 'One seed, and no held-out task with a stored outcome in every evaluation: no interval can be given.'
  const seeds = fewest === most ? `${most} seeds` : `${fewest} to ${most} seeds`
  const sources = [
    ...(most > 1 ? [seeds] : []),
    ...(tasks > 1
      ? [`${tasks} held-out tasks${sets > 1 ? ` within their ${sets} sets` : ''}`]
      : []),
  ]
  const how =
    sources.length > 1
      ? 'drawn independently with replacement (the pigeonhole bootstrap, Owen 2007)'
      : 'drawn with replacement'
  return [
    `Intervals hold 95%: ${resamples} bootstrap resamples of ${sources.join(' and ')}, ${how}; from the 2.5th to the 97.5th percentile.`,
    pairs > 0 && 'A difference of two methods is taken at the same seeds and tasks for both.',
    pairs < (methods.length * (methods.length - 1)) / 2 &&
      'Methods without a common seed are not subtracted from each other.',
    fewest === 1 &&
      'With one seed an interval says how sure the figure is for this very run, not what another seed would give.',
    fewest > 1 &&
      fewest < 5 &&
      'With fewer than five seeds intervals may come out too narrow where seeds differ much.',
    tasks <= 1 &&
      'No held-out task has a stored outcome in every evaluation, so only seeds are resampled.',
  ]
    .filter(Boolean)
    .join(' ')
}
