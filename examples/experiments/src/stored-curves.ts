import { existsSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readJsonLines } from '@icrl/report'
import type { Experiment } from './experiment.ts'
import type { MeasuredRun } from './measure-run.ts'

/** A learning curve as experiments store it, one per line. */
export interface StoredCurve extends MeasuredRun {
  readonly arm: string
  readonly seed: number
  /** Commit of the code that ran, if it was known. */
  readonly commit?: string
}

/** The curves of an experiment; none if there is no file yet. */
export async function readCurves(file: string): Promise<StoredCurve[]> {
  const curves: StoredCurve[] = []
  if (existsSync(file))
    for await (const curve of readJsonLines<StoredCurve>(file)) curves.push(curve)
  return curves
}

/** The curves, with only the longest of those that share arm, rate and seed. */
export function longestCurves(curves: readonly StoredCurve[]): StoredCurve[] {
  const longest = new Map<string, StoredCurve>()
  for (const curve of curves) {
    const key = JSON.stringify([curve.arm, curve.learningRate, curve.seed])
    const known = longest.get(key)
    if (!known || reach(curve) > reach(known)) longest.set(key, curve)
  }
  return [...longest.values()]
}

/** Sampled tokens that all of the curves reached; 0 if there are none. */
export function commonReach(curves: readonly StoredCurve[]): number {
  return curves.length === 0 ? 0 : Math.min(...curves.map(reach))
}

function reach({ tokens }: StoredCurve): number {
  return tokens[tokens.length - 1]
}

/** Adds a curve to an experiment's file, accuracies to four digits. */
export async function storeCurve(
  file: string,
  { values, beside, figures, guesses, weightMean, weightMeans, seconds, ...curve }: StoredCurve,
): Promise<void> {
  const stored: StoredCurve = {
    ...curve,
    values: values.map((value) => rounded(value, 4)),
    ...(beside && { beside: beside.map((value) => rounded(value, 4)) }),
    ...(figures && {
      figures: Object.fromEntries(
        Object.entries(figures).map(([name, all]) => [name, all.map((one) => rounded(one, 4))]),
      ),
    }),
    guesses: guesses.map((value) => rounded(value, 4)),
    ...(weightMean !== undefined && { weightMean: rounded(weightMean, 4) }),
    ...(weightMeans && {
      weightMeans: weightMeans.map((mean) => (mean === null ? null : rounded(mean, 4))),
    }),
    seconds: rounded(seconds, 1),
  }
  await mkdir(dirname(file), { recursive: true })
  await appendFile(file, `${JSON.stringify(stored)}\n`)
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The curves of an arm at the rate that the plan gives it; a plan without rates takes each. */
export function plannedCurves(
  { rateOf }: Pick<Experiment, 'rateOf'>,
  arm: string,
  curves: readonly StoredCurve[],
): StoredCurve[] {
  const rate = rateOf?.[arm]
  return curves.filter(
    (curve) => curve.arm === arm && (rate === undefined || curve.learningRate === rate),
  )
}
