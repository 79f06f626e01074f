import { visibleText } from './visible-text.ts'
import { wellFormed } from './shorten.ts'

/** What a critic advised. */
export interface Critique {
  /** The advice as a solver is shown it, one tip per line; empty if there is none. */
  readonly critique: string
  /** The same tips, as a list. */
  readonly tips: readonly string[]
  /** True if the critic kept to the form: a closed list of at least one and at most `maxTips`. */
  readonly valid: boolean
}

/** Options of {@link parseCritique}. */
export interface ParseCritiqueOptions {
  /** Further tips are left out. @defaultValue 3 */
  readonly maxTips?: number
  /** Longest tip, in characters; a longer one is cut. @defaultValue 400 */
  readonly maxTipCharacters?: number
}

const OPEN = '<tips>'
const CLOSE = '</tips>'
const BULLET = /^\s*(?:[-*•]|\d{1,2}[.)])(?:\s+|$)/

/**
 * Finds the advice in what a critic wrote: the last `<tips>` list, even if its tag was never
 * closed; without a tag all bulleted lines; without those the text as one tip. Thinking is never
 * advice, not even if it never ended.
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

/** One tip per line. A line without a bullet continues the tip before it. */
function listed(block: string): string[] {
  const tips: string[] = []
  for (const line of block.split('\n').filter((each) => each.trim() !== '')) {
    const tip = line.replace(BULLET, '').trim()
    if (BULLET.test(line) || tips.length === 0) tips.push(tip)
    else tips[tips.length - 1] += ` ${tip}`
  }
  return tips.filter((tip) => tip !== '')
}

/** The bulleted lines of a text without tags; the whole text, as one tip, if there are none. */
function looseTips(text: string): string[] {
  const bulleted = text.split('\n').filter((line) => BULLET.test(line))
  const tips = listed(bulleted.join('\n'))
  if (tips.length > 0) return tips
  const whole = text.replaceAll(CLOSE, '').replace(/\s+/g, ' ').trim()
  return whole === '' ? [] : [whole]
}
