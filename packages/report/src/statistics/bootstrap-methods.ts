import { percentileInterval } from '@icrl/core'
import type { Estimate, PairedDifference, ThresholdEstimate } from './comparison.ts'
import { areaUnderCurve, tokensToThreshold, valueAt, type Curve } from './curve.ts'
import { setOf, type OutcomeCurve } from './read-curves.ts'
import { resample } from './resample.ts'

/** A method's learning curves, one per seed. */
export interface MethodCurves {
  readonly name: string
  readonly curves: readonly OutcomeCurve[]
}

/** The figures of a method over its seeds. */
export interface Figures {
  readonly atHorizon: Estimate
  readonly area: Estimate
  readonly tokensToThreshold: ThresholdEstimate
}

export interface BootstrapOptions {
  readonly methods: readonly MethodCurves[]
  /**
   * By `placeOf`. Resampled within their sets, if there is more than one; every evaluation has an
   * outcome of each.
   */
  readonly tasks: readonly string[]
  readonly horizon: number
  readonly threshold: number
  readonly resamples: number
}

/**
 * Figures of every method and of every pair with a common seed, with 95% intervals. All of them
 * come from the same resamples, so what two methods share by their tasks and seeds cancels in their
 * difference.
 */
export function bootstrapMethods({
  methods,
  tasks,
  horizon,
  threshold,
  resamples,
}: BootstrapOptions): { methods: Figures[]; pairs: PairedDifference[] } {
  const sets = setsOf(tasks)
  const ordered = sets.flat()
  const sizes = sets.map(({ length }) => length)
  const rows = methods.map(({ curves }) => curves.map((curve) => rowsOf(curve, ordered)))
  const collected = methods.map((): Draws => ({ atHorizon: [], area: [], threshold: [] }))
  const combos = methods.flatMap((_, a) =>
    methods.slice(a + 1).map((__, i) => pairOf(methods, a, a + 1 + i)),
  )
  const measure = (method: number, curve: number, counts: ArrayLike<number>): Measured => {
    const drawn: Curve = {
      tokens: methods[method].curves[curve].tokens,
      values: weightedRows(rows[method][curve], counts, sizes),
    }
    return {
      atHorizon: valueAt(drawn, horizon),
      area: areaUnderCurve(drawn, horizon),
      threshold: tokensToThreshold(drawn, threshold) ?? Infinity,
    }
  }
  for (const { taskCounts, seedPlaces } of resample({ sets: sizes, resamples })) {
    const measured = methods.map(({ curves }, m) => curves.map((_, c) => measure(m, c, taskCounts)))
    measured.forEach((all, m) =>
      collect(
        collected[m],
        seedPlaces(all.length).map((place) => all[place]),
      ),
    )
    for (const pair of combos) {
      const places = seedPlaces(pair.places.length).map((place) => pair.places[place])
      if (places.length === 0) continue
      pair.atHorizon.push(
        meanOf(places, ([a, b]) => measured[pair.a][a].atHorizon - measured[pair.b][b].atHorizon),
      )
      pair.area.push(
        meanOf(places, ([a, b]) => measured[pair.a][a].area - measured[pair.b][b].area),
      )
    }
  }
  const whole = new Float64Array(Math.max(1, tasks.length)).fill(1)
  const exact = methods.map(({ curves }, m) => curves.map((_, c) => measure(m, c, whole)))
  return {
    methods: methods.map(({ curves }, m) =>
      figuresOf(exact[m], collected[m], curves.length > 1 || tasks.length > 1),
    ),
    pairs: combos
      .filter(({ places }) => places.length > 0)
      .map((pair) => differenceOf(methods, pair, exact, tasks.length)),
  }
}

interface Measured {
  readonly atHorizon: number
  readonly area: number
  readonly threshold: number
}

interface Draws {
  readonly atHorizon: number[]
  readonly area: number[]
  readonly threshold: number[]
}

interface Pair {
  readonly a: number
  readonly b: number
  /** Places `[a's, b's]` of the curves with a common seed. */
  readonly places: readonly (readonly [number, number])[]
  readonly atHorizon: number[]
  readonly area: number[]
}

function pairOf(methods: readonly MethodCurves[], a: number, b: number): Pair {
  const places = methods[a].curves.flatMap(({ run }, i): [number, number][] => {
    const j = methods[b].curves.findIndex((other) => other.run.seed === run.seed)
    return j < 0 ? [] : [[i, j]]
  })
  return { a, b, places, atHorizon: [], area: [] }
}

/** `[sets][tasks]` in the order of the first task of each set. */
function setsOf(tasks: readonly string[]): string[][] {
  const sets = new Map<string, string[]>()
  for (const task of tasks) sets.set(setOf(task), [...(sets.get(setOf(task)) ?? []), task])
  return [...sets.values()]
}

/** `[E][T]`, or `[E][1]` if only the accuracy over all tasks is known. */
function rowsOf({ outcomes, accuracies }: OutcomeCurve, tasks: readonly string[]): Float64Array[] {
  if (tasks.length === 0) return accuracies.map((accuracy) => Float64Array.of(accuracy))
  return outcomes!.map((evaluation) => Float64Array.from(tasks, (task) => evaluation.get(task)!))
}

/**
 * `[E]` mean of each row over its sets, each counted once; within a set, tasks count as often as
 * they were drawn.
 */
function weightedRows(
  rows: readonly Float64Array[],
  counts: ArrayLike<number>,
  sizes: readonly number[],
): Float64Array {
  return Float64Array.from(rows, (row) => {
    let [t, total] = [0, 0]
    for (const size of sizes.length > 0 ? sizes : [row.length]) {
      let sum = 0
      for (const end = t + size; t < end; t++) sum += counts[t] * row[t]
      total += sum / size
    }
    return total / Math.max(1, sizes.length)
  })
}

function collect(draws: Draws, runs: readonly Measured[]): void {
  draws.atHorizon.push(meanOf(runs, ({ atHorizon }) => atHorizon))
  draws.area.push(meanOf(runs, ({ area }) => area))
  draws.threshold.push(medianOf(runs.map(({ threshold }) => threshold)))
}

function figuresOf(exact: readonly Measured[], draws: Draws, isResampled: boolean): Figures {
  const threshold = percentileInterval(draws.threshold)
  return {
    atHorizon: estimate(
      meanOf(exact, ({ atHorizon }) => atHorizon),
      draws.atHorizon,
      isResampled,
    ),
    area: estimate(
      meanOf(exact, ({ area }) => area),
      draws.area,
      isResampled,
    ),
    tokensToThreshold: {
      reached: exact.filter((run) => run.threshold < Infinity).length,
      of: exact.length,
      ...finite('median', medianOf(exact.map((run) => run.threshold))),
      ...(isResampled && { ...finite('low', threshold.low), ...finite('high', threshold.high) }),
    },
  }
}

function differenceOf(
  methods: readonly MethodCurves[],
  pair: Pair,
  exact: readonly (readonly Measured[])[],
  tasks: number,
): PairedDifference {
  const { a, b, places } = pair
  const isResampled = places.length > 1 || tasks > 1
  return {
    first: methods[a].name,
    second: methods[b].name,
    seeds: places.map(([place]) => methods[a].curves[place].run.seed),
    atHorizon: estimate(
      meanOf(places, ([i, j]) => exact[a][i].atHorizon - exact[b][j].atHorizon),
      pair.atHorizon,
      isResampled,
    ),
    area: estimate(
      meanOf(places, ([i, j]) => exact[a][i].area - exact[b][j].area),
      pair.area,
      isResampled,
    ),
  }
}

function estimate(value: number, draws: readonly number[], isResampled: boolean): Estimate {
  return isResampled ? { value, ...percentileInterval(draws) } : { value }
}

function finite<Key extends string>(key: Key, value: number): { readonly [key in Key]?: number } {
  return Number.isFinite(value) ? ({ [key]: value } as { [key in Key]: number }) : {}
}

function meanOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length
}

/**
 * The median; of an even number of values the lower of the two middle ones, because values may be
 * infinite.
 */
function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
