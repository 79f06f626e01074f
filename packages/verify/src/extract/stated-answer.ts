import { findMathSpans, type MathSpan } from './math-spans.ts'
import { isConnector, lastNumber } from './prose.ts'

/** Ways to announce the answer, the surer first. */
const ANNOUNCEMENTS = [
  /(?:^|\n)\s*#{4}(?=\s)/g,
  /\bfinal\s+answer\b/gi,
  /\banswer\b/gi,
  /\bcorrect\s+(?:option|choice)\b/gi,
]
/** Between the announcement and the answer: "is", a colon, markdown, or "to … is". */
const COPULA =
  /^(?:[\s*_`"'#>]*(?:(?:is|are|was|be|becomes|equals|should be|must be|would be|will be)\b|[:=：]|(?:therefore|thus|simply|then)\b,?))+|^[^.:\n$\\]{0,80}?(?:\bis\b|\bare\b|:)/i
const LEADING = /^[\s*_`"'#>:]+/
const SENTENCE_END = /(?<!\\)[.!?](?=\s|$|\*\*)|\n/g

/**
 * The answer a response announces in words, as it stands there; the last announcement of the surest
 * kind that has one.
 */
export function readStatedAnswer(text: string): string | undefined {
  for (const announcement of ANNOUNCEMENTS) {
    const ends = Array.from(text.matchAll(announcement), (match) => match.index + match[0].length)
    for (const end of ends.reverse().slice(0, 20)) {
      const answer = readAfter(text.slice(end, end + 2000))
      if (answer !== undefined) return answer
    }
  }
  return undefined
}

function readAfter(tail: string): string | undefined {
  const copula = COPULA.exec(tail)?.[0] ?? ''
  const said = tail.slice(copula.length).replace(LEADING, '')
  if (copula === '' && !/^(?:\$|\\[([]|-?\d)/.test(said) && !/^[*_`\s]*\n/.test(tail))
    return undefined
  const { spans } = findMathSpans(said)
  if (spans[0]?.start === 0) return said.slice(0, runEnd(said, spans))
  SENTENCE_END.lastIndex = 0
  const end = SENTENCE_END.exec(said)?.index ?? said.length
  const sentence = said
    .slice(0, end)
    .replace(/[*_`]+$/, '')
    .trim()
  // "$1,000." is money; any other dollar sign without its partner is broken mathematics
  if (sentence === '' || /^\\|^\$(?!\d)/.test(said)) return undefined
  return lastMathOrNumber(sentence)
}

/**
 * The end of the spans at the start of a text that commas, "and" and "or" join, with the unit
 * behind them.
 */
function runEnd(text: string, spans: readonly MathSpan[]): number {
  let end = spans[0].end
  for (const span of spans.slice(1)) {
    if (!isConnector(text.slice(end, span.start))) break
    end = span.end
  }
  return end
}

/**
 * A sentence's last formula, or the number a verb puts behind it, else its number, else all of it.
 */
function lastMathOrNumber(sentence: string): string {
  const span = findMathSpans(sentence).spans.at(-1)
  const behind = span && /\b(?:is|are|equals)\s(.*)$/.exec(sentence.slice(span.end))?.[1]
  if (span) return (behind && lastNumber(behind)) ?? span.inside
  return /[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(sentence)
    ? (lastNumber(sentence) ?? sentence)
    : sentence
}
