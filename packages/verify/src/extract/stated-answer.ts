import { findMathSpans, type MathSpan } from './math-spans.ts'
import { isConnector, lastNumber, numberAtStart } from './prose.ts'
import { isNumberWord } from '../syntax/number-words.ts'

/** Ways to announce the answer, the surer first. */
const ANNOUNCEMENTS = [
  /(?:^|\n)\s*#{4}(?=\s)/g,
  /\bfinal\s+answer\b|最终答案|最終答案/gi,
  /\banswer\b|\bans\b(?=\s*[.:=])|答案|答え|정답|답(?=[:：은])|答(?=[:：])|ответ|\brespuesta\b|\bréponse\b|\bantwort\b|\brisposta\b|\bresposta\b/gi,
  /\bcorrect\s+(?:option|choice)\b|选项(?=[A-J])|\b(?:option|choice)(?=\s+[*]*\(?[A-J]\)?[*]*\s+is\s+(?:the\s+)?(?:correct|right|answer))|[选選](?:[项項][为為是]?|[择擇])?(?=\s*[:：]?\s*[(（]?[A-JＡ-Ｊ])|应选|正确选项|正確選項|選項為/gi,
]
/** What the announcements have in them. */
const ANNOUNCEMENT =
  /answer|####|\bans\b|[答选選답選应]|정답|option|choice|ответ|respuesta|réponse|antwort|risposta|resposta/i
const VERBS = String.raw`(?:is|are|was|be|becomes|equals|should be|must be|would be|will be|es|est|ist|è|é)(?![A-Za-z])|[은는是为為应應该は选選]`
/** Right behind the announcement: "is", a colon, markdown. */
const DIRECT = new RegExp(
  String.raw`^(?:[\s*_\`"'#>]*(?:${VERBS}|[:=：]|(?:therefore|thus|simply|then)\b,?))+`,
  'i',
)
/** "to the second question is", "when $n = 3$ is". */
const INDIRECT =
  /^(?![\s*_]*\(?[A-J]\)?\s*[:.)])(?:[^.:\n$\\]|\$[^$\n]{1,60}\$|\\\([^\n\\]{1,60}\\\)){0,80}?(?:\bis\b|\bare\b|:(?!\d))/i
const LEADING = /^(?:[\s*_`"'#>:：]+|[-–—]\s(?=\s*\d))+/
/** "A", "(A)", "**A**" with what says that it is right, or why. */
const CHOICE =
  /^(?:(?:the\s+)?(?:correct\s+)?(?:option|choice)\s+)?[*_]*[(（]?([A-JＡ-Ｊ])[)）]?[*_]*(?=\s*$|\s*(?:[.。．]?\s*$|[,，]\s*(?:since|because|as|so|not)\b|\s(?:since|because|as|is\s+(?:the\s+)?(?:correct|right|answer))\b|[，。．]?\p{Script=Han}{0,4}(?:正确|正確|对|對)|\n))/u
/** Endings of a Korean or Japanese sentence. */
const POLITE = /(?:입니다|이다|です|である|だ)$/
/** A response that takes back what it said. */
const TAKEN_BACK =
  /\b(?:no,? wait|scratch that|correction:|(?:that|this) (?:is|was) (?:wrong|incorrect|not right)|that's (?:wrong|incorrect|not right)|made (?:a|an) (?:mistake|error)|actually,? it(?:'s| is))/i
/** Words that make something else of the number behind them. */
const SENTENCE_END = /(?<!\\|\bi\.e|\be\.g|\bapprox|\bRs)[.!?](?=\s|$|\*\*)|[。．！？；]|\n/g
/** An announcement that opens a formula: `\[\text{Final Answer: } 9\]`. */
const INSIDE_FORMULA =
  /(\\\[\s*|(?<!\S)\$\$\s*|\\\(\s*|(?<!\S)\$ ?)(?:\\(?:text|textbf|textrm|mbox|mathrm|mathbf)\s*\{)?\s*((?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*[:=]?)\s*\}?/gi
/** An announcement set as text: `\textbf{Answer:} 9`. */
const AS_TEXT =
  /\\(?:text|textbf|textrm|mbox|mathrm|mathbf)\s*\{([^{}]{0,60}\banswer\b[^{}]{0,20})\}/gi
/** A remark in words behind a value: "(about 3.1 miles)", "(not A)". */
const REMARK = /\s+\((?!(?:mod|base|in base|or)\b)[^()]*[A-Za-z]{3}[^()]*\)/g
/** "twelve (12)": both must be right. */
const WORDS_AND_DIGITS = /^([A-Za-z][A-Za-z -]{1,80}) \((\d[\d,.]{0,20})\)$/
/** Markdown's stars at the edge of a word; `2**3` is a power. */
const EMPHASIS = /\*\*(?=\s|$)|(?<=\s|^)\*\*/g
/** What may follow a quantity without being part of it. */
const BEHIND_QUANTITY =
  /[，,]?\s*(?:而不是|而非)|,?\s+(?:i\.e\.|that is|because|since|for|after|in(?! base)|over(?!\s+\d+\W*$)|left|so|which|as|from|until|at|on|during|altogether|in total|overall|remaining|rather than|instead of|more than|less than|fewer than|not)(?![A-Za-z])|,\s+(?!or\b|maybe\b)(?=[a-z]+ [a-z]+)|(?<!\bout|%|cent|half|third|thirds|quarter|quarters)\s+of\s+(?=\d)/i
/** `π/10` of "π/10 after 2 days" */
const FORMULA_AT_START = /^[-−]?[√π(][^A-Za-z]*(?=\s+(?:for|after|in|because|since|as)\s)/
const CONDITIONAL = /\b(?:if|when|unless|otherwise|else|depending)\b/
const MOST_DEPTH = 3

/**
 * The answer a response announces in words, as it stands there; the last announcement of the surest
 * kind that has one.
 *
 * @param direct only what stands right behind an announcement, as a value and not as a sentence
 */
export function readStatedAnswer(response: string, direct = false): string | undefined {
  if (!ANNOUNCEMENT.test(response)) return undefined
  const text = /answer/i.test(response)
    ? response.replace(INSIDE_FORMULA, '$2 $1').replace(AS_TEXT, '$1')
    : response
  const takenBack = lastTakenBack(text)
  for (const announcement of ANNOUNCEMENTS) {
    const ends = Array.from(text.matchAll(announcement), (match) => match.index + match[0].length)
    for (const end of ends.reverse().slice(0, 20)) {
      if (end < takenBack) break
      if (isAsked(text, end)) continue
      const answer = readAfter(
        text.slice(end, end + 2000),
        direct,
        /#\s*$/.test(text.slice(0, end)),
      )
      if (answer !== undefined) return answer
    }
  }
  return undefined
}

/** "Is the answer 10?" */
function isAsked(text: string, end: number): boolean {
  return (
    /^[^.!?\n]{0,80}\?/.test(text.slice(end, end + 81)) &&
    /\b(?:is|was|are|could|would|what(?:'s)?)\s+(?:(?:the|our|my|this|be)\s+)*(?:final |correct )?answer$/i.test(
      text.slice(Math.max(0, end - 60), end),
    )
  )
}

/** Where the response last takes something back; −1 where it does not. */
function lastTakenBack(text: string): number {
  const [first] = TAKEN_BACK.exec(text) ?? []
  if (first === undefined) return -1
  const all = Array.from(text.matchAll(new RegExp(TAKEN_BACK, 'gi')), ({ index }) => index)
  return Math.max(...all)
}

function readAfter(tail: string, direct: boolean, isMarked: boolean): string | undefined {
  const copula = DIRECT.exec(tail)?.[0] ?? (direct ? '' : INDIRECT.exec(tail)?.[0]) ?? ''
  const said = tail.slice(copula.length).replace(LEADING, '')
  const choice = CHOICE.exec(said)?.[1]
  if (
    choice !== undefined &&
    (copula !== '' || isMarked || /\bis\b|\p{Script=Han}/u.test(said.slice(0, 20)))
  )
    return choice
  if (
    copula === '' &&
    !isMarked &&
    !/^(?:\$|\\[([]|-?\d)/.test(said) &&
    !/^[*_`\s]*\n/.test(tail) &&
    !/^\s*[(（]?[A-J][)）.．。]*\s*$/.test(said)
  )
    return undefined
  if (direct && !startsWithValue(said)) return undefined
  return readValue(said, 0)
}

/** A formula, a number or the letter of an option, not a sentence. */
function startsWithValue(said: string): boolean {
  return (
    findMathSpans(said).spans[0]?.start === 0 ||
    numberAtStart(said) > 0 ||
    /^\(?[A-J]\)?(?=[.,:;．。)*_\s]*(?:$|\n|\())/.test(said) ||
    isNumberWord(/^[A-Za-z]+/.exec(said)?.[0].toLowerCase() ?? '')
  )
}

function readValue(said: string, depth: number): string | undefined {
  const { spans } = findMathSpans(said)
  if (spans[0]?.start === 0) {
    const end = runEnd(said, spans)
    // `$a + b$ = 9`
    const goesOn = /^\s*(?:=|is\b|are\b|equals\b)[\s*_]*(?=\S)/.exec(said.slice(end))
    const value =
      goesOn && depth < MOST_DEPTH
        ? readValue(said.slice(end + goesOn[0].length), depth + 1)
        : undefined
    // "$5$ (or $6$)"
    const alternative = /^\s*\(\s*or\b[^()]{1,100}\)/.exec(said.slice(end))?.[0] ?? ''
    return value ?? said.slice(0, end + alternative.length)
  }
  SENTENCE_END.lastIndex = 0
  const end = SENTENCE_END.exec(said)?.index ?? said.length
  const sentence = said
    .slice(0, end)
    .replace(/[*_`]+$/, '')
    .trim()
    .replace(POLITE, '')
  // "The number of pairs is" with the value on a line of its own
  if (/(?:\b(?:is|are|equals)|[:：])[\s*_]*$/.test(sentence) && depth < MOST_DEPTH) {
    const next = said
      .slice(end)
      .replace(LEADING, '')
      .replace(/^(?:final\s+)?answer\s*[:：]?\s*/i, '')
    if (next !== '') return readValue(next, depth + 1)
  }
  // "$1,000." is money; any other dollar sign without its partner is broken mathematics
  if (sentence === '' || /^\\|^\$(?!\s?[-−]?[\d.])/.test(said)) return undefined
  const bare = sentence
    .replace(REMARK, '')
    .replace(EMPHASIS, '')
    .trim()
    .replace(WORDS_AND_DIGITS, '$1 or $2')
  if (
    CONDITIONAL.test(bare) &&
    (bare.match(/\d+/g) ?? []).length > 1 &&
    /[,;]|\bor\b|\band\b/.test(bare)
  )
    return bare
  return quantityAtStart(bare) ?? lastMathOrNumber(bare)
}

/** `5 apples` of "5 apples left after 2 days": a number at the start of a sentence, and its unit. */
function quantityAtStart(sentence: string): string | undefined {
  const length = numberAtStart(sentence)
  const formula = length === 0 ? FORMULA_AT_START.exec(sentence)?.[0] : undefined
  if (formula !== undefined) return formula
  if (length === 0 && !isNumberWord(/^[A-Za-z]+/.exec(sentence)?.[0].toLowerCase() ?? ''))
    return undefined
  const cut = BEHIND_QUANTITY.exec(sentence.slice(length))
  const head = cut ? sentence.slice(0, length + cut.index) : sentence
  const behind = head.slice(length)
  if (length === 0) return head
  if (/\bout of\b/.test(behind)) return head
  if (/[\d=+*/\\^]/.test(behind)) return cut ? lastMathOrNumber(head) : undefined
  const words = behind.trim().split(/\s+/)
  return words.length <= 3 ? head.trim() : `${head.slice(0, length).trim()} ${words[0]}`
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
  const behind = span && /(?:\b(?:is|are|equals)|=)\s(.*)$/.exec(sentence.slice(span.end))?.[1]
  if (span) return (behind && lastNumber(behind)) ?? span.inside
  const clause = chineseClause(sentence)
  if (clause !== undefined) return lastNumber(clause) ?? sentence
  return /[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(sentence)
    ? (lastNumber(sentence) ?? sentence)
    : sentence
}

/**
 * Of a sentence in Chinese that ends in a number, the clause that answers: the last that says a
 * total or a result, else the first.
 */
function chineseClause(sentence: string): string | undefined {
  if (!/^[^\d\\$]*\p{Script=Han}[^\d]*\d/u.test(sentence)) return undefined
  const clauses = sentence.split(/[，；]|[,;](?!\d)/).filter((clause) => /\d/.test(clause))
  return clauses.findLast((clause) => /共|等于|等於|总|總|所以|因此|得/.test(clause)) ?? clauses[0]
}
