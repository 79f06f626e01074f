import type { Attempt, AttemptTurn } from '@icrl/core'
import { shorten } from './shorten.ts'
import { visibleText } from './visible-text.ts'

/** Options of {@link summarizeTrajectory}. */
export interface SummarizeTrajectoryOptions {
  /** Longest summary, in characters. @defaultValue 8000 */
  readonly maxCharacters?: number
  /**
   * Longest single observation, and longest text of a turn without an action, in characters.
   *
   * @defaultValue 800
   */
  readonly maxObservationCharacters?: number
}

/**
 * An attempt as a critic reads it: a single answer's text without its thinking, or a numbered list
 * of actions and what they led to. If that does not fit, turns in the middle are left out, with a
 * line that says how many: the beginning shows the plan and the end the failure.
 *
 * @returns at most `maxCharacters` characters
 * @example
 * import { summarizeTrajectory } from '@icrl/critic'
 * import type { Attempt } from '@icrl/core'
 * declare const attempt: Attempt
 * summarizeTrajectory(attempt, { maxCharacters: 2000 })
 */
export function summarizeTrajectory(
  { turns }: Pick<Attempt, 'turns'>,
  { maxCharacters = 8000, maxObservationCharacters = 800 }: SummarizeTrajectoryOptions = {},
): string {
  const isAnswer = turns.length === 1 && turns[0].observation === undefined
  if (isAnswer) return shorten(visibleText(turns[0].text) || '(no answer)', maxCharacters)
  if (turns.length === 0) return shorten('(nothing was done)', maxCharacters)
  const lines = turns.map((turn, i) => lineOf(turn, i + 1, maxObservationCharacters))
  return shorten(fit(lines, maxCharacters), maxCharacters)
}

function lineOf({ text, action, observation }: AttemptTurn, number: number, limit: number): string {
  const did = action ?? `(no valid action) ${shorten(visibleText(text), limit)}`
  return observation === undefined
    ? `${number}. ${did}`
    : `${number}. ${did}\n   → ${shorten(observation.trim(), limit)}`
}

/**
 * Keeps turns from both ends, beginning with the last, as long as they fit together with the line
 * about the missing ones.
 */
function fit(lines: readonly string[], limit: number): string {
  const sizes = lines.map(({ length }) => length + 1)
  if (sizes.reduce((sum, size) => sum + size, -1) <= limit) return lines.join('\n')
  let room = limit - gapLine(lines.length).length
  let head = 0
  let tail = 0
  while (head + tail < lines.length) {
    const fromEnd = tail <= head
    const size = sizes[fromEnd ? lines.length - 1 - tail : head]
    if (size > room) break
    room -= size
    if (fromEnd) tail++
    else head++
  }
  if (tail === 0) return lines[lines.length - 1]
  return [
    ...lines.slice(0, head),
    gapLine(lines.length - head - tail),
    ...lines.slice(lines.length - tail),
  ].join('\n')
}

function gapLine(count: number): string {
  return `   (${count} turns left out)`
}
