import type { Token } from './token.ts'
import { SCALES, unitNamed } from './units.ts'
import { CONNECTORS, FUNCTIONS, PLAIN_COMMANDS } from './words.ts'

type Part = Pick<Token, 'kind' | 'text' | 'plain'>

/** Names that may stand glued to letters, as in `sinxcosx` and `2pir`. */
const GLUED = /arc(?:sin|cos|tan)|sqrt|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|log|exp|ln|pi/g

/**
 * What a run of plain letters means: a function or a constant, a connector, a unit, one symbol,
 * several glued together, or a word.
 *
 * @param afterValue whether a number or a bracket stands right before it, where `orW` is "or W"
 */
export function splitLetters(run: string, afterValue = false): Part[] {
  if (run.length === 1) return [{ kind: 'letter', text: run }]
  const whole = known(run)
  if (whole) return [whole]
  const connector = afterValue ? /^(and|or)([A-Za-z])$/.exec(run) : null
  if (connector)
    return [
      { kind: 'word', text: connector[1] },
      { kind: 'letter', text: connector[2] },
    ]
  return splitGlued(run) ?? [{ kind: 'word', text: run, plain: true }]
}

function known(run: string): Part | undefined {
  if (FUNCTIONS.has(run)) return { kind: 'command', text: run }
  const command = PLAIN_COMMANDS.get(run)
  if (command)
    return {
      kind: command === 'cup' || command === 'pm' ? 'mark' : 'command',
      text: command === 'cup' ? '∪' : command === 'pm' ? '±' : command,
    }
  const lower = run.toLowerCase()
  if (CONNECTORS.has(lower)) return { kind: 'word', text: lower }
  if (unitNamed(run, true) || SCALES.has(lower)) return { kind: 'word', text: run, plain: true }
  return undefined
}

/** `sinxcosx` as sin x cos x: functions with at most two letters between them. */
function splitGlued(run: string): Part[] | undefined {
  const parts: Part[] = []
  let position = 0
  let found = false
  for (const match of run.matchAll(GLUED)) {
    const between = run.slice(position, match.index)
    if (between.length > 2) return undefined
    for (const letter of between) parts.push({ kind: 'letter', text: letter })
    parts.push({ kind: 'command', text: match[0] })
    position = match.index + match[0].length
    found = true
  }
  if (!found || run.length - position > 2) return undefined
  for (const letter of run.slice(position)) parts.push({ kind: 'letter', text: letter })
  return parts
}
