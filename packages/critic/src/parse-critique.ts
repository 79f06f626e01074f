import { visibleText } from './visible-text.ts'
import { wellFormed } from './shorten.ts'

/** What a critic advised. */
export interface Critique {
  /** The advice as a solver is shown it, one tip a line; empty where there is none. */
  readonly critique: string
  /** The same, one by one. */
  readonly tips: readonly string[]
  /** True where the critic kept to the form it was asked for. */
  readonly valid: boolean
}

/** Options of {@link parseCritique}. */
export interface ParseCritiqueOptions {
  readonly maxTips?: number
  /** Longest tip, in characters; a longer one is cut. */
  readonly maxTipCharacters?: number
}

const OPEN = '<tips>'
const CLOSE = '</tips>'
const BULLET = /^\s*(?:[-*•]|\d{1,2}[.)])(?:\s+|$)/

/**
 * The advice in what a critic wrote. In order: the last `<tips>` list (valid); a list whose tag was
 * never closed; any list at the end of the text; the text itself. Thinking is never advice, and
 * thinking that never ended leaves none.
 *
 * @example
 * import { parseCritique } from '@icrl/critic'
 * parseCritique('It mixed up units.\n<tips>\n- Convert to metres first.\n</tips>')
 * // { critique: '- Convert to metres first.', tips: ['Convert to metres first.'], valid: true }
 */
export function parseCritique(
  text: string,
  { maxTips = 3, maxTipCharacters = 400 }: ParseCritiqueOptions = {},
): Critique {
  const said = visibleText(text)
  const open = said.lastIndexOf(OPEN)
  const close = open === -1 ? -1 : said.indexOf(CLOSE, open)
  const found =
    open === -1
      ? looseTips(said)
      : listed(said.slice(open + OPEN.length, close === -1 ? undefined : close))
  const tips = found
    .slice(0, maxTips)
    .map((tip) => wellFormed(tip.slice(0, maxTipCharacters)).trim())
  return {
    critique: tips.map((tip) => `- ${tip}`).join('\n'),
    tips,
    valid: close !== -1 && found.length > 0 && found.length <= maxTips,
  }
}

/** One tip a line. A line without a bullet goes on with the tip before it. */
function listed(block: string): string[] {
  const tips: string[] = []
  for (const line of block.split('\n').filter((each) => each.trim() !== '')) {
    const tip = line.replace(BULLET, '').trim()
    if (BULLET.test(line) || tips.length === 0) tips.push(tip)
    else tips[tips.length - 1] += ` ${tip}`
  }
  return tips.filter((tip) => tip !== '')
}

/** The bulleted lines of a text without tags; the whole text, as one tip, where there are none. */
function looseTips(text: string): string[] {
  const bulleted = text.split('\n').filter((line) => BULLET.test(line))
  const tips = listed(bulleted.join('\n'))
  if (tips.length > 0) return tips
  const whole = text.replaceAll(CLOSE, '').replace(/\s+/g, ' ').trim()
  return whole === '' ? [] : [whole]
}
