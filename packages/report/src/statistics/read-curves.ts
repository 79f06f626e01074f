import { readEvaluation } from '../read-evaluation.ts'
import type { Run } from '../run.ts'

/** A run's learning curve, also per task if its outcomes are stored. */
export interface OutcomeCurve {
  readonly run: Run
  /** `[E]` sampled training tokens before each evaluation. */
  readonly tokens: readonly number[]
  /** `[E]` steps done before each. */
  readonly steps: readonly number[]
  /** `[E]` accuracy over all tasks, as the run reported it. */
  readonly accuracies: readonly number[]
  /**
   * `[E]` each task's share of successes over its repeats, by `placeOf`; missing if an evaluation
   * has no file.
   */
  readonly outcomes?: readonly ReadonlyMap<string, number>[]
}

/** Names a task of a set. */
export function placeOf(set: string | undefined, task: string): string {
  return `${set ?? ''}\0${task}`
}

/** The set in what `placeOf` made; empty if it has no name. */
export function setOf(place: string): string {
  return place.slice(0, place.indexOf('\0'))
}

/**
 * The curve of one condition, or of a condition on one set (`set/condition`); undefined if the run
 * was never evaluated so.
 */
export async function readCurve(run: Run, condition: string): Promise<OutcomeCurve | undefined> {
  const key = `eval/${condition}`
  const points: { step: number; tokens: number; accuracy: number; tasks?: Map<string, number> }[] =
    []
  for (const { step, tokens, metrics } of run.evaluations) {
    const tasks = run.evaluationSteps.includes(step)
      ? await readShares(run.directory, step, condition)
      : undefined
    const accuracy = metrics[key] ?? (tasks && macroMean(tasks))
    if (accuracy !== undefined) points.push({ step, tokens, accuracy, tasks: tasks?.shares })
  }
  if (points.length === 0) return undefined
  const stored = points.flatMap(({ tasks }) => (tasks && tasks.size > 0 ? [tasks] : []))
  return {
    run,
    tokens: points.map(({ tokens }) => tokens),
    steps: points.map(({ step }) => step),
    accuracies: points.map(({ accuracy }) => accuracy),
    ...(stored.length === points.length && { outcomes: stored }),
  }
}

interface TaskShares {
  /** By `placeOf`. */
  readonly shares: Map<string, number>
  /** All sets, also one whose every session failed. */
  readonly sets: ReadonlySet<string>
}

/** Each task's share of successes; a session without an outcome does not count. */
async function readShares(directory: string, step: number, wanted: string): Promise<TaskShares> {
  const [condition, wantedSet] = wanted.split('/').reverse()
  const counts = new Map<string, { right: number; all: number }>()
  const sets = new Set<string>()
  for await (const { set, task, success, ...line } of readEvaluation(directory, step)) {
    if (line.condition !== condition || (wantedSet ?? set) !== set) continue
    sets.add(set ?? '')
    if (success === undefined) continue
    const place = placeOf(set, task)
    const count = counts.get(place) ?? { right: 0, all: 0 }
    counts.set(place, { right: count.right + Number(success), all: count.all + 1 })
  }
  const shares = [...counts].map(([place, { right, all }]) => [place, right / all] as const)
  return { shares: new Map(shares), sets }
}

/** Mean over the sets, each counted once; undefined if one has no outcome. */
function macroMean({ shares, sets }: TaskShares): number | undefined {
  const means = [...sets].map((set) =>
    mean([...shares].flatMap(([place, share]) => (setOf(place) === set ? [share] : []))),
  )
  const known = means.filter((value) => value !== undefined)
  return known.length === means.length ? mean(known) : undefined
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}
