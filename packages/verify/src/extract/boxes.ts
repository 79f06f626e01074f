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
  /** Where the last of these boxes ends. */
  readonly end?: number
  /** Where a box begins that never closes. */
  readonly openFrom?: number
}

const BOX = /\\+(?:boxed|fbox|framebox)\s*\{/y
/** `\boxed 5`, without braces. */
const UNBRACED = /\\(?:boxed|fbox) ?(-?\d+(?:\.\d+)?|[A-Za-z])(?![A-Za-z{])/g
/** Markup between boxes that says nothing. */
const MARKUP = /\\text(?:bf|rm)?\s*\{([^{}]*)\}|\\(?:quad|qquad|[,;:! ()[\]])|\\\\|[$*&\s]+/g
const JOINED =
  /^(?: |,|;|&|\+{3,}|\.(?= *$)|\band\b|\bor\b|\bfor\b|\bparts?\b|\([a-z0-9]{1,3}\):?|[A-Za-z](?:_\{?\w{1,3}\}?)? ?=)+$/
const LONGEST_JOINER = 100
const LONGEST_PART = 300
const SPACING = /\\(?:q?quad(?![A-Za-z])|[,;:! ()[\]])|[$\s~]+/g
/** `(a)`, `1.`, `- (ii)`, `**b)**`, `Part 2:`, and the rest of its line. */
const PART =
  /(?:^|[\n\s.;,；。])[-*_\s]*(?:(?:part|question)\s*)?[(（]?([a-h]|i{1,3}|iv|v|\d)[).:：）]+[*_]*(?:[:：]|\s|(?=\$|\\))([^\n]*)$/i
const ROMAN = ['i', 'ii', 'iii', 'iv', 'v']
/** "5 cats and 8 dogs". */
const NOUNS =
  /^ ?(?:(?!(?:so|then|thus|hence|but|not|is|are|was|were|we|wait)\b)[a-z]+ ){1,2}and $|^,? ?(?:and|while) (?:(?!(?:so|then|thus|hence|we|it|this|that|finally)\b)[a-z]+|the (?:second|third|other|latter|last)(?: [a-z]+)?) (?:is|has|gets|was|are|needs|pays|have) $/
const [BACKSLASH, OPENING, CLOSING] = [92, 123, 125]

const BULLET =
  /^\s*[-*•]\s+(?!.*\b(?:step|case|first|then|so|hence|thus)\b)[^:\n]{0,30}:?\s*[*$]*$/i

interface OpenBox {
  readonly start: number
  readonly contents: number
}

/**
 * The last non-empty box of a text, together with the boxes before it that only spaces, commas,
 * "and", "or", "for part (a)" or a line of plus signs join to it, or that are parts of one
 * enumeration.
 */
export function readBoxes(text: string): BoxedAnswer {
  const { boxes, openFrom } = findBoxes(text)
  const run: Box[] = []
  const filled = boxes.filter(({ inside }) => inside.trim() !== '')
  for (const [back, box] of filled.reverse().entries()) {
    const [next] = run
    if (next) {
      const between = text.slice(box.end, next.start)
      if (isSpacing(between) && box.inside.trim() === next.inside.trim()) continue
      const from = filled[back + 1]?.end ?? Math.max(0, box.start - LONGEST_PART)
      if (
        !isJoiner(between) &&
        !isSpacing(between) &&
        !areParts(text.slice(from, box.start), between) &&
        !areBullets(text.slice(from, box.start), between)
      )
        break
    }
    run.unshift(box)
  }
  return {
    ...(run.length > 0
      ? {
          answer: run.map(({ inside }) => inside.trim()).join(', '),
          end: run[run.length - 1].end,
        }
      : {}),
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

function isSpacing(between: string): boolean {
  return between.length <= LONGEST_JOINER && between.replace(SPACING, '') === ''
}

/** "(a) … (b) …" before two boxes: the second mark follows the first. */
function areParts(before: string, between: string): boolean {
  const [first, second] = [partMark(before), partMark(between)]
  return first !== undefined && second !== undefined && second === first + 1
}

/** The place of the last part's mark in its order: 1 of `(a)`, 2 of `2.`, 3 of `(iii)`. */
function partMark(text: string): number | undefined {
  const match = PART.exec(text.slice(-LONGEST_PART))
  if (!match) return undefined
  const [, mark, behind] = match
  // a number is the mark of a part only right before its box: "1. We find … 2. So …" are steps
  if (/\d/.test(mark))
    return /^[\s$\\([*]*(?:[A-Za-z]\w* ?= ?)?$/.test(behind) ? Number(mark) : undefined
  const roman = ROMAN.indexOf(mark.toLowerCase())
  return roman >= 0 ? 10 + roman : 100 + mark.toLowerCase().charCodeAt(0)
}

function isJoiner(between: string): boolean {
  if (between.length > LONGEST_JOINER) return false
  const words = between
    .replace(MARKUP, (_, inside?: string) => ` ${inside ?? ''} `)
    .replace(/\s+/g, ' ')
    .toLowerCase()
  return (/[,;&]|\+{3}|\band\b|\bor\b/.test(words) && JOINED.test(words)) || NOUNS.test(words)
}

/** Both boxes end an item of one list: "- $x$: \\boxed{3}". */
function areBullets(before: string, between: string): boolean {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return BULLET.test(line) && BULLET.test(/\n([^\n]*)$/.exec(between)?.[1] ?? '')
}
