/** A `\boxed{…}`: its contents, and where it begins and ends in the text. */
export interface Box {
  readonly inside: string
  readonly start: number
  readonly end: number
}

/** What the boxes of a text say. */
export interface BoxedAnswer {
  /** The answer in the last box, or in the last run of boxes, joined by commas. */
  readonly answer?: string
  /** Where a box begins that never closes. */
  readonly openFrom?: number
}

const BRACES = /\\+(?:boxed|fbox|framebox)\s*\{|\\[\s\S]|[{}]/g
/** `\boxed 5`, without braces. */
const UNBRACED = /\\(?:boxed|fbox) ?(-?\d+(?:\.\d+)?|[A-Za-z])(?![A-Za-z{])/g
/** Markup between boxes that says nothing. */
const MARKUP = /\\text(?:bf|rm)?\s*\{([^{}]*)\}|\\(?:quad|qquad|[,;:! ()[\]])|\\\\|[$*&\s]+/g
const JOINED = /^(?: |,|;|\+{3,}|\.(?= *$)|\band\b|\bor\b|\bfor\b|\bparts?\b|\bthen\b|\balso\b|\([a-z0-9]{1,3}\):?|[A-Za-z](?:_\{?\w{1,3}\}?)? ?=)+$/
const LONGEST_JOINER = 100

/** The last non-empty box of a text, together with the boxes before it that only commas, "and", "or", "for part (a)" or a line of plus
 * signs join to it. */
export function readBoxes(text: string): BoxedAnswer {
  const { boxes, openFrom } = findBoxes(text)
  const run: Box[] = []
  for (const box of boxes.filter(({ inside }) => inside.trim() !== '').reverse()) {
    if (run.length > 0 && !isJoiner(text.slice(box.end, run[0].start))) break
    run.unshift(box)
  }
  return { ...(run.length > 0 ? { answer: run.map(({ inside }) => inside.trim()).join(', ') } : {}), ...(openFrom === undefined ? {} : { openFrom }) }
}

/** Outermost boxes in order, by one pass over the braces. */
function findBoxes(text: string): { boxes: Box[]; openFrom?: number } {
  const open: (number | undefined)[] = []
  const contents: number[] = []
  let boxes: Box[] = []
  for (const { 0: token, index } of text.matchAll(BRACES)) {
    if (token === '{') open.push(undefined)
    else if (token === '}') {
      const start = open.pop()
      if (start === undefined) continue
      while (boxes.length > 0 && boxes[boxes.length - 1].start > start) boxes.pop()
      boxes.push({ start, end: index + 1, inside: text.slice(contents.pop(), index) })
    } else if (token.length > 2) {
      open.push(index)
      contents.push(index + token.length)
    }
  }
  for (const match of text.matchAll(UNBRACED)) boxes.push({ start: match.index, end: match.index + match[0].length, inside: match[1] })
  boxes = boxes.sort((a, b) => a.start - b.start)
  return { boxes, openFrom: open.find((start) => start !== undefined) }
}

function isJoiner(between: string): boolean {
  if (between.length > LONGEST_JOINER) return false
  const words = between.replace(MARKUP, (_, inside?: string) => ` ${inside ?? ''} `).replace(/\s+/g, ' ').toLowerCase()
  return /[,;]|\+{3}|\band\b|\bor\b/.test(words) && JOINED.test(words)
}
