import type { Message, SessionPart, SessionProtocol, Task } from '@icrl/core'
import { parseVerdict } from '@icrl/critic'
import { roleTurn, type RoleTurn, sessionResult } from '@icrl/rollout'

/** How several critics' reviews become one. */
export interface MergedCritiqueOptions<T extends Task> {
  /** Roles that criticize for the data, such as snapshots and endpoints. */
  readonly critics: readonly string[]
  /** Asks for a critique, as a list of units. */
  readonly criticPrompt: (task: T) => readonly Message[]
  /** The units in a critique. @defaultValue its lines, without bullets */
  readonly unitsIn?: (critique: string) => readonly string[]
  /** Asks the role `meta` what kind of unit it is: good, or of one of the kinds of error. */
  readonly metaPrompt: (task: T, unit: string) => readonly Message[]
  /**
   * Whether the answer finds the unit good.
   *
   * @defaultValue its verdict, by `parseVerdict`, is right
   */
  readonly isGood?: (answer: string) => boolean
}

/**
 * The critiques of several roles, and each of their units put to the role `meta`. Its finding `units`
 * are the good ones, each once, in alphabetical order.
 *
 * @example
 * import { mergeCritiques, type MergedCritiqueOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: MergedCritiqueOptions<QuestionTask>
 * const protocol = mergeCritiques(options)
 */
export function mergeCritiques<T extends Task>({
  critics,
  criticPrompt,
  unitsIn = linesIn,
  metaPrompt,
  isGood = (answer) => parseVerdict(answer) === 'right',
}: MergedCritiqueOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const said: RoleTurn[] = []
    for (const role of critics)
      said.push(yield* roleTurn({ role, task, context, messages: criticPrompt(task) }))
    const units = [...new Set(said.flatMap(({ text }) => unitsIn(text)))].sort()
    const good: string[] = []
    const parts: SessionPart[] = [...said]
    for (const [branch, unit] of units.entries()) {
      const messages = metaPrompt(task, unit)
      const judged = yield* roleTurn({ role: 'meta', task, context, branch, messages })
      parts.push(judged)
      if (isGood(judged.text)) good.push(unit)
    }
    return sessionResult(task, context, parts, { units: good })
  }
}

function linesIn(critique: string): string[] {
  return critique.split('\n').flatMap((line) => line.replace(/^\s*[-*•\d.]+\s*/, '').trim() || [])
}
