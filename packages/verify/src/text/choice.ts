import { STYLE, TEXT_COMMAND } from './plain-words.ts'

/** An answer that names one option of a multiple choice. */
export interface Choice {
  /** In lower case. */
  readonly letter: string
  /** What stands behind the letter, markup and all; undefined where nothing does. */
  readonly text: string | undefined
}

const SPACING = String.raw`(?:\\(?:[ ,;:]|q?quad(?![A-Za-z]))|[\s~:.])*`
const OPENING = String.raw`(?:\\(?:text(?:bf|rm)?|mbox|mathrm|mathbf)\s*\{\s*)?`
/** "Option", "the correct answer is". */
const NOUN = String.raw`(?:(?:the )?(?:correct )?(?:option|choice|answer)(?: is)?:?[\s~]*)?`
const ALONE = new RegExp(`^${OPENING}${NOUN}\\(?([A-J])\\)?\\s*\\}?[.:]?$`, 'i')
/** `(C) 24`, `C. 24`, `C: 24`, `Option C, 24`, `C - a word`. */
const WITH_TEXT = new RegExp(
  `^${OPENING}${NOUN}(?:\\(([A-J])\\)|([A-J])(?:\\)|[.:](?=[\\s}\\\\])|\\s+-+\\s+(?=[A-Za-z]{2}|[A-Z] [a-z]{2})))\\s*\\}?${SPACING}(.+)$`,
  's',
)
const BEHIND_NOUN = new RegExp(
  String.raw`^${OPENING}(?:the )?(?:correct )?(?:option|choice)[\s~]+\(?([A-J])\)?\s*[,:-]\s*\}?${SPACING}(.+)$`,
  'is',
)
/** A second option, or a word that takes the first one back. */
const ANOTHER =
  /(?:^|[\s,;/&({])\(?[A-J](?:\)|[.:](?=\s|$))|^\(?[A-J]\)?$|^(?:and|or|is|are|isn't|was|not|cannot|can't|seems|looks)\b|^[,&]|^(?:if|when|whenever|assuming|unless|for|given|provided)\b|(?:[,;/]|\bor\b|\band\b|\bnot\b)\s*\(?[A-J]\)?(?=\s*(?:$|[.,;]|\b(?:if|for|when|otherwise|else|is)\b))|(?:^|[\s,;])\(?[A-J]\)?\s*(?:,|\bor\b|\band\b|\/)\s*\(?[A-J]\)?(?:$|[\s,;])/
const CLOSED = /^[^{}]*\}\s*$/

/**
 * The option an answer names, with its text where it has one: C and 24 of `\textbf{(C)}\ 24`.
 * Undefined where it names none, or several: `(A) (B) (C)`, `A) is wrong, B) is right`.
 */
export function readChoice(answer: string): Choice | undefined {
  if (!/[A-J]/.test(answer)) return undefined
  const trimmed = answer.trim()
  const alone = ALONE.exec(trimmed)
  if (alone && alone[1] === alone[1].toUpperCase())
    return { letter: alone[1].toLowerCase(), text: undefined }
  const match = WITH_TEXT.exec(trimmed)
  const behind = match ? null : BEHIND_NOUN.exec(trimmed)
  const letter = match?.[1] ?? match?.[2] ?? behind?.[1]
  const text = match?.[3] ?? behind?.[2]
  if (letter === undefined || text === undefined || letter !== letter.toUpperCase())
    return undefined
  const plain = text.replace(TEXT_COMMAND, ' $1 ').replace(STYLE, ' ').trim()
  if (ANOTHER.test(plain)) return undefined
  // \text{C: 24} leaves its closing brace behind the text
  return {
    letter: letter.toLowerCase(),
    text: CLOSED.test(text) && !text.includes('{') ? text.replace(/\}\s*$/, '') : text,
  }
}
