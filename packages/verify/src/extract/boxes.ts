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

const BOX = /\\+(?:boxed|fbox|framebox)\s*\{/y
/** `\boxed 5`, without braces. */
const UNBRACED = /\\(?:boxed|fbox) ?(-?\d+(?:\.\d+)?|[A-Za-z])(?![A-Za-z{])/g
/** Markup between boxes that says nothing. */
const MARKUP = /\\text(?:bf|rm)?\s*\{([^{}]*)\}|\\(?:quad|qquad|[,;:! ()[\]])|\\\\|[$*&\s]+/g
const JOINED =
  /^(?: |,|;|\+{3,}|\.(?= *$)|\band\b|\bor\b|\bfor\b|\bparts?\b|\([a-z0-9]{1,3}\):?|[A-Za-z](?:_\{?\w{1,3}\}?)? ?=)+$/
const LONGEST_JOINER = 100
const [BACKSLASH, OPENING, CLOSING] = [92, 123, 125]

interface OpenBox {
  readonly start: number
  readonly contents: number
}

/**
 * The last non-empty box of a text, together with the boxes before it that only commas, "and",
 * "or", "for part (a)" or a line of plus signs join to it.
 */
export function readBoxes(text: string): BoxedAnswer {
  const { boxes, openFrom } = findBoxes(text)
  const run: Box[] = []
  for (const box of boxes.filter(({ inside }) => inside.trim() !== '').reverse()) {
    if (run.length > 0 && !isJoiner(text.slice(box.end, run[0].start))) break
    run.unshift(box)
  }
  return {
    ...(run.length > 0 ? { answer: run.map(({ inside }) => inside.trim()).join(', ') } : {}),
    ...(openFrom === undefined ? {} : { openFrom }),
  }
}

/** Outermost boxes in order, by one pass over the braces. */
function findBoxes(text: string): { boxes: Box[]; openFrom?: number } {
  const open: (OpenBox | undefined)[] = []
  const boxes: Box[] = []
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === BACKSLASH) {
      BOX.lastIndex = i
      const box = BOX.exec(text)?.[0]
      if (box) open.push({ start: i, contents: i + box.length })
      i += box ? box.length - 1 : 1
    } else if (character === OPENING) open.push(undefined)
    else if (character === CLOSING) {
      const box = open.pop()
      if (!box) continue
      while (boxes.length > 0 && boxes[boxes.length - 1].start > box.start) boxes.pop()
      boxes.push({ start: box.start, end: i + 1, inside: text.slice(box.contents, i) })
    }
  }
  for (const match of text.matchAll(UNBRACED))
    boxes.push({ start: match.index, end: match.index + match[0].length, inside: match[1] })
  boxes.sort((a, b) => a.start - b.start)
  return { boxes, openFrom: open.find((box) => box !== undefined)?.start }
}

function isJoiner(between: string): boolean {
  if (between.length > LONGEST_JOINER) return false
  const words = between
    .replace(MARKUP, (_, inside?: string) => ` ${inside ?? ''} `)
    .replace(/\s+/g, ' ')
    .toLowerCase()
  return /[,;]|\+{3}|\band\b|\bor\b/.test(words) && JOINED.test(words)
}
