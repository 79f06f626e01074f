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
   * `[E]` each task's share of successes over its repeats; missing if an evaluation has no file.
   */
  readonly outcomes?: readonly ReadonlyMap<string, number>[]
}

/** The curve of one condition; undefined if the run was never evaluated under it. */
export async function readCurve(run: Run, condition: string): Promise<OutcomeCurve | undefined> {
  const key = `eval/${condition}`
  const points: { step: number; tokens: number; accuracy: number; tasks?: Map<string, number> }[] =
    []
  for (const { step, tokens, metrics } of run.evaluations) {
    const tasks = run.evaluationSteps.includes(step)
      ? await readShares(run.directory, step, condition)
      : undefined
    const accuracy = metrics[key] ?? (tasks && mean([...tasks.values()]))
    if (accuracy !== undefined) points.push({ step, tokens, accuracy, tasks })
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

/** Each task's share of successes; a failed session does not count. */
async function readShares(
  directory: string,
  step: number,
  wanted: string,
): Promise<Map<string, number>> {
  const counts = new Map<string, { right: number; all: number }>()
  for await (const { task, condition, success } of readEvaluation(directory, step)) {
    if (condition !== wanted || success === undefined) continue
    const count = counts.get(task) ?? { right: 0, all: 0 }
    counts.set(task, { right: count.right + Number(success), all: count.all + 1 })
  }
  return new Map([...counts].map(([task, { right, all }]) => [task, right / all]))
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}
