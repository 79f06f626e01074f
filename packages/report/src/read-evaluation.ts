import { join } from 'node:path'
import { outcomeOf, runLayout, stepFile, type Outcome } from '@icrl/core'
import { readJsonLines } from './read-json-lines.ts'

/** One held-out task under one condition. */
export interface EvaluationOutcome {
  /** The set of held-out tasks, if it has a name. */
  readonly set?: string
  /** Id of the task. */
  readonly task: string
  /** Such as `first`: which attempt, with or without critique. */
  readonly condition: string
  /** 0-based. */
  readonly repeat: number
  /** What it earned. */
  readonly reward?: number
  /** Whether it solved the task. */
  readonly success?: boolean
  /** Sampled for it. */
  readonly tokens: number
  /** Of every attempt of the session, first to last; absent if it failed before the first ended. */
  readonly outcomes?: readonly Outcome[]
  /** Why it ended early; without `success` it failed before its first attempt ended. */
  readonly failure?: string
}

/**
 * The outcomes of one stored evaluation.
 *
 * @param step steps done before it
 * @throws `missing-file`; `corrupt-file` naming file and line.
 * @example
 * for await (const { task, condition, success } of readEvaluation('runs/first', 20))
 *   console.log(task, condition, success)
 */
export function readEvaluation(
  directory: string,
  step: number,
): AsyncGenerator<EvaluationOutcome, void, undefined> {
  return readJsonLines(join(runLayout(directory).evaluations, stepFile(step)), {
    parse: parseOutcome,
  })
}

function parseOutcome(line: string): EvaluationOutcome {
  const value = JSON.parse(line) as EvaluationOutcome
  if (typeof value?.task !== 'string' || typeof value.condition !== 'string')
    throw new Error('no outcome of a task under a condition')
  if (typeof value.success !== 'boolean' && typeof value.failure !== 'string')
    throw new Error(`task "${value.task}" neither ended nor failed`)
  return value.outcomes === undefined ? value : { ...value, outcomes: outcomesOf(value) }
}

/** Earlier runs stored the rewards alone. */
function outcomesOf({ task, outcomes }: { task: string; outcomes?: unknown }): Outcome[] {
  if (!Array.isArray(outcomes)) throw new Error(`task "${task}": outcomes is no list`)
  return outcomes.map((one: number | Outcome) =>
    outcomeOf(typeof one === 'number' ? { reward: one } : one, `task "${task}"`),
  )
}
