import { CONVENTIONS, type Conventions } from '../conventions.ts'
import { answerPart } from './answer-part.ts'
import { readBoxes } from './boxes.ts'
import { findMathSpans, type MathSpan } from './math-spans.ts'
import { isBareAnswer, isConnector, lastNumber } from './prose.ts'
import { readStatedAnswer } from './stated-answer.ts'

/**
 * Boxes are looked for in this much of the end of a response, announcements and formulas in less.
 */
const BOX_WINDOW = 200_000
const TEXT_WINDOW = 20_000
/** All of a gold answer, as often as not. */
const BARE_NUMBER = /^\s*-?\d[\d.,/]{0,50}\s*$/
/** "(since $x > 0$)" behind an answer. */
const REMARK = /\s\((?:(?:since|as|because|where|note|see)\s|=)[^()]{0,200}\)/gi

/** What closes the formula that a box stands in. */
const CLOSERS = /^[\s.,}]*(?:\$\$?|\\[\])])/
const VERB =
  /\b(?:is|are|was|were|have|has|had|gives?|gave|gets?|got|makes?|made|equals?|exists?|needs?|costs?|pays?|paid|counts?|finds?|obtain|totals?|yields?|leaves?|left|remains?|takes?|took|earns?|spends?|spent|sold|concludes?|becomes?)\b/i

/**
 * The answer in a response, as it stands there: the last `\boxed{…}` (or the last run of boxes
 * joined by commas, "and", "or" or "for part (a)"); else what "final answer", "answer" or `####`
 * announces; else the text itself if it is a bare answer; else its last formula or number. Thinking
 * (`…</think>`) does not count where something follows it.
 *
 * @returns undefined where there is none: an empty text, only a box that never closes, an inline
 * formula that does not close on its line
 * @example
 * extractMathAnswer('So $x = 2$ or 3. The final answer is \\boxed{\\{2, 3\\}}.') // '\\{2, 3\\}'
 */
export function extractMathAnswer(response: string): string | undefined {
  return extractBy(response, CONVENTIONS)
}

/** The answer in a response under conventions of one's own. */
export function extractBy(response: string, conventions: Conventions): string | undefined {
  if (BARE_NUMBER.test(response)) return response.trim()
  const part = answerPart(response)
  if (part.trim() === '') return undefined
  const tail = part.length > BOX_WINDOW ? part.slice(-BOX_WINDOW) : part
  const { answer, end, openFrom } = readBoxes(tail)
  // a step may be boxed, and the answer announced behind it
  if (answer !== undefined && !conventions.announcedBehindBox) return answer
  if (answer !== undefined)
    return (
      readStatedAnswer(tail.slice(end).replace(CLOSERS, '').slice(-TEXT_WINDOW), true) ?? answer
    )
  return readUnboxed(
    dropEmptyBoxes(openFrom === undefined ? tail : tail.slice(0, openFrom)).slice(-TEXT_WINDOW),
    conventions,
  )
}

/**
 * The answer in a gold answer: as in a response, but a box that never closes is closed at the end,
 * since data may be cut where a model must not be.
 */
export function extractGoldAnswer(gold: string): string | undefined {
  const { answer, openFrom } = readBoxes(gold)
  return answer === undefined && openFrom !== undefined
    ? extractMathAnswer(`${gold}}`)
    : extractMathAnswer(gold)
}

/** `\boxed{}` is what the prompt said, not an answer. */
function dropEmptyBoxes(text: string): string {
  return text.replace(/\\(?:boxed|fbox)\s*\{\s*\}/g, ' ')
}

function readUnboxed(text: string, { lastNumber: isLast }: Conventions): string | undefined {
  const trimmed = text.replace(REMARK, '').trim()
  if (trimmed === '') return undefined
  const { spans, open } = findMathSpans(trimmed)
  const stated = readStatedAnswer(trimmed)
  if (stated !== undefined) return stated
  if (isBareAnswer(trimmed)) return trimmed
  if (!isLast) return undefined
  const span = spans.at(-1)
  if (open && !span) return undefined
  const said = span && numberBehind(trimmed, span)
  if (said !== undefined) return said
  const lastLine = trimmed.slice(trimmed.lastIndexOf('\n') + 1)
  if (!span || (span.end <= trimmed.length - lastLine.length && lastNumber(lastLine) !== undefined))
    return lastNumber(lastLine) ?? lastNumber(trimmed)
  return joinedSpans(trimmed, spans)
}

/** A formula that only says under which condition: "for $n = 3$ people". */
const CONDITIONAL = /\b(?:for|with|when|if|where|since|because|as|given|using|from|by|at)\s*$/i
/** A number that a colon, an arrow, "so" or stars announce: "$p = 3$: 12", "so 12.", "**12**". */
const ANNOUNCED =
  /(?:(?:^|\s)\*\*\s*|[:→⇒=]\s*|\b(?:so|then|thus|hence|therefore),?\s+(?:it's\s+)?)(?=[-−$\d])[^\n]*$/

/** The number said behind a formula, by a verb or a sign, or by all that stands there if the formula is a condition. */
function numberBehind(text: string, span: MathSpan): string | undefined {
  const behind = text.slice(span.end)
  const said = numberBehindVerb(behind)
  if (said !== undefined) return said
  const line = behind.slice(0, 1000).trimEnd()
  const announced = line.includes('\n') ? undefined : ANNOUNCED.exec(line)?.[0]
  if (announced !== undefined) return lastNumber(announced)
  const isCondition =
    /=/.test(span.inside) && CONDITIONAL.test(text.slice(Math.max(0, span.start - 20), span.start))
  return isCondition && !line.includes('\n') ? lastNumber(line) : undefined
}

/** "… so there are 7 solutions" behind the last formula: what a verb says, not "in 2 ways". */
function numberBehindVerb(text: string): string | undefined {
  const sentences = text.slice(0, 1000).split(/(?<=[.!?。])\s|\n/)
  for (const sentence of sentences.reverse()) {
    const verb = VERB.exec(sentence)
    if (!verb) continue
    const number = lastNumber(sentence.slice(verb.index))
    if (number === undefined) continue
    const before = sentence.slice(0, sentence.lastIndexOf(number))
    return /\b(?:in|for|after|by|with|within|from|per|step|part|case|equation|theorem|lemma|than)\s*[*_]*$/i.test(
      before,
    )
      ? undefined
      : number
  }
  return undefined
}

/** The last formula, with those before it that "and", "or" and commas join to it. */
function joinedSpans(text: string, spans: readonly MathSpan[]): string {
  const last = spans.length - 1
  // "9 ways for $n = 3$ people"
  if (
    last > 0 &&
    /^[^=]*=[^=]*$/.test(spans[last].inside) &&
    /\b(?:for|with|when|if|where|since|because|given)\s*$/i.test(
      text.slice(spans[last - 1].end, spans[last].start),
    ) &&
    !/[.\n]/.test(text.slice(spans[last - 1].end, spans[last].start))
  )
    return spans[last - 1].inside.trim()
  let first = last
  while (
    first > 0 &&
    isConnector(text.slice(spans[first - 1].end, spans[first].start)) &&
    text.slice(spans[first - 1].end, spans[first].start).trim() !== ''
  )
    first--
  return spans
    .slice(first)
    .map(({ inside }) => inside.trim())
    .join(', ')
}
