import { isIcrlError, runLayout } from '@icrl/core'
import { readSamples, type StoredSample } from '../read-samples.ts'
import { tailLines } from './tail-lines.ts'
import type { Divergence, RunComparison } from './view-data.ts'

/**
 * The first step, session and token at which two runs differ. Lines of metrics are compared until
 * two differ, then the samples of that step, in their order; a sample is compared in the order in
 * which it comes about: its prompt, what was sampled, log-probabilities, advantages, weights.
 *
 * @param first a run folder, finished or not
 * @throws IcrlError `corrupt-file` naming file and line
 * @example
 * const { steps, divergence } = await firstDivergence('runs/a', 'runs/b')
 * console.log(divergence?.step ?? `the first ${steps} steps are the same`)
 */
export async function firstDivergence(first: string, second: string): Promise<RunComparison> {
  const [a, b] = await Promise.all(
    [first, second].map(async (folder) => (await tailLines(runLayout(folder).metrics)()).lines),
  )
  const steps = Math.min(a.length, b.length)
  for (let i = 0; i < steps; i++) {
    if (a[i] === b[i]) continue
    const metrics = firstKey(JSON.parse(a[i]) as Values, JSON.parse(b[i]) as Values)
    const step = (JSON.parse(a[i]) as { readonly step: number }).step
    const found = await firstSample(first, second, step)
    return { steps, divergence: { step, ...(found ?? metrics) } }
  }
  return { steps }
}

type Values = Readonly<Record<string, number>>

function firstKey(a: Values, b: Values): Omit<Divergence, 'step'> {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const what = keys.find((key) => a[key] !== b[key]) ?? 'the order of its metrics'
  return { what, first: inWords(a[what]), second: inWords(b[what]) }
}

async function firstSample(
  first: string,
  second: string,
  step: number,
): Promise<Omit<Divergence, 'step'> | undefined> {
  const [a, b] = [readSamples(first, step), readSamples(second, step)]
  try {
    for (;;) {
      const [{ value: one }, { value: other }] = await Promise.all([a.next(), b.next()])
      if (!one && !other) return undefined
      if (!one || !other || one.id !== other.id)
        return {
          what: 'samples',
          ...((one ?? other) && { sample: placeOf((one ?? other)!) }),
          first: one?.id ?? 'none',
          second: other?.id ?? 'none',
        }
      const found = firstDifference(one, other)
      if (found) return found
    }
  } catch (error) {
    // A step whose samples one of the runs does not keep has its metrics alone.
    if (isIcrlError(error, 'missing-file')) return undefined
    throw error
  } finally {
    await Promise.all([a.return(), b.return()])
  }
}

/** In the order in which they come about. */
const ARRAYS = [
  'sampledUnder',
  'response',
  'mask',
  'behaviorLogprobs',
  'trainedUnder',
  'oldLogprobs',
  'advantages',
  'weights',
  'trainLogprobs',
] as const satisfies readonly (keyof StoredSample)[]

function firstDifference(a: StoredSample, b: StoredSample): Omit<Divergence, 'step'> | undefined {
  for (const what of ARRAYS) {
    const [one, other] = [a[what], b[what]] as (ArrayLike<number> | undefined)[]
    const token = firstPlace(one, other)
    if (token === undefined) continue
    return {
      what,
      sample: { ...placeOf(a), token },
      first: inWords(one?.[token]),
      second: inWords(other?.[token]),
    }
  }
  if (a.reward === b.reward) return undefined
  return {
    what: 'reward',
    sample: placeOf(a),
    first: inWords(a.reward),
    second: inWords(b.reward),
  }
}

function firstPlace(
  a: ArrayLike<number> | undefined = [],
  b: ArrayLike<number> | undefined = [],
): number | undefined {
  const length = Math.max(a.length, b.length)
  for (let t = 0; t < length; t++) if (a[t] !== b[t]) return t
  return undefined
}

function placeOf({ id, keys }: StoredSample): NonNullable<Divergence['sample']> {
  const { task, session, role, round } = keys
  return { id, task, session, role, round }
}

const inWords = (value: number | undefined): string => (value === undefined ? 'none' : `${value}`)
