import { join } from 'node:path'
import { IcrlError, runLayout, stepFile } from '@icrl/core'
import { readEvaluation } from '../read-evaluation.ts'
import { heldOutSets } from '../run-settings.ts'
import type { Run } from '../run.ts'

/** A run's learning curve, also per task if its outcomes are stored. */
export interface OutcomeCurve {
  readonly run: Run
  /** `[E]` sampled training tokens before each evaluation. */
  readonly tokens: readonly number[]
  /** `[E]` steps done before each. */
  readonly steps: readonly number[]
  /**
   * `[E]` accuracy over all tasks, as the run reported it; where sessions failed, with those as no
   * success.
   */
  readonly accuracies: readonly number[]
  /** Evaluations some of whose sessions failed before an attempt ended. */
  readonly partial: readonly PartialEvaluation[]
  /**
   * `[E]` each task's share of successes over its repeats, by `placeOf`; missing if an evaluation
   * has no file.
   */
  readonly outcomes?: readonly ReadonlyMap<string, number>[]
}

/** How many sessions of an evaluation failed. Where all did, it is no point of the curve. */
export interface PartialEvaluation {
  readonly step: number
  readonly failed: number
  readonly of: number
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
 *
 * @throws `corrupt-file` for an evaluation that does not hold every session; `missing-file` for one
 * of which some failed and nothing is stored
 */
export async function readCurve(run: Run, condition: string): Promise<OutcomeCurve | undefined> {
  const key = `eval/${condition}`
  const points: { step: number; tokens: number; accuracy: number; tasks?: Map<string, number> }[] =
    []
  const partial: PartialEvaluation[] = []
  for (const { step, tokens, metrics } of run.evaluations) {
    const tasks = run.evaluationSteps.includes(step)
      ? await readShares(run, step, condition)
      : undefined
    if (!tasks && metrics['eval/failed'] !== undefined) throw unbounded(run, step)
    if (tasks && tasks.failed > 0) partial.push({ step, failed: tasks.failed, of: tasks.lines })
    if (tasks && tasks.failed > 0 && tasks.failed === tasks.lines) continue
    const accuracy =
      tasks && tasks.failed > 0 ? macroMean(tasks) : (metrics[key] ?? (tasks && macroMean(tasks)))
    if (accuracy !== undefined) points.push({ step, tokens, accuracy, tasks: tasks?.shares })
  }
  if (points.length === 0) return undefined
  const stored = points.flatMap(({ tasks }) => (tasks && tasks.size > 0 ? [tasks] : []))
  return {
    run,
    tokens: points.map(({ tokens }) => tokens),
    steps: points.map(({ step }) => step),
    accuracies: points.map(({ accuracy }) => accuracy),
    partial,
    ...(stored.length === points.length && { outcomes: stored }),
  }
}

interface TaskShares {
  /** By `placeOf`. */
  readonly shares: Map<string, number>
  readonly sets: ReadonlySet<string>
  /** Sessions, and those that failed before an attempt ended. */
  readonly lines: number
  readonly failed: number
}

/** Each task's share of successes; a session without an outcome is none. */
async function readShares(run: Run, step: number, wanted: string): Promise<TaskShares> {
  const [condition, wantedSet] = wanted.split('/').reverse()
  const counts = new Map<string, { right: number; all: number }>()
  const lines = new Map<string, number>()
  let [any, failed] = [0, 0]
  for await (const { set, task, success, ...line } of readEvaluation(run.directory, step)) {
    any++
    if (line.condition !== condition || (wantedSet ?? set) !== set) continue
    lines.set(set ?? '', (lines.get(set ?? '') ?? 0) + 1)
    if (success === undefined) failed++
    const place = placeOf(set, task)
    const count = counts.get(place) ?? { right: 0, all: 0 }
    counts.set(place, { right: count.right + Number(success ?? false), all: count.all + 1 })
  }
  if (lines.size > 0 || any === 0) checkComplete(run, step, condition, wantedSet, lines)
  const shares = [...counts].map(([place, { right, all }]) => [place, right / all] as const)
  const all = [...lines.values()].reduce((sum, count) => sum + count, 0)
  return { shares: new Map(shares), sets: new Set(lines.keys()), lines: all, failed }
}

/** @throws `corrupt-file` if the file has not as many sessions as the run's configuration says */
function checkComplete(
  run: Run,
  step: number,
  condition: string,
  wantedSet: string | undefined,
  lines: ReadonlyMap<string, number>,
): void {
  for (const [set, { count, repeats }] of heldOutSets(run)) {
    if (wantedSet !== undefined && set !== wantedSet) continue
    const found = lines.get(set) ?? 0
    if (found === count * repeats) continue
    const where = set === '' ? '' : ` of the set "${set}"`
    throw new IcrlError(
      `${fileOf(run, step)} holds ${found} sessions under "${condition}"${where}, where ${count * repeats} were run.`,
      {
        code: 'corrupt-file',
        remedy: 'The file was damaged after it was written: restore it from a copy.',
      },
    )
  }
}

function unbounded(run: Run, step: number): IcrlError {
  return new IcrlError(
    `${fileOf(run, step)} is not there, and sessions of that evaluation failed: its accuracy cannot be bounded.`,
    { code: 'missing-file', remedy: 'Restore the file from a copy, or leave the run out.' },
  )
}

function fileOf({ directory }: Run, step: number): string {
  return join(runLayout(directory).evaluations, stepFile(step))
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
