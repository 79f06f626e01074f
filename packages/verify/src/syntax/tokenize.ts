import { Undecidable } from '../undecidable.ts'
import {
  COMMAND_MARKS,
  DROPPED_WITH_ARGUMENT,
  ESCAPED_MARKS,
  IGNORED_COMMANDS,
  TEXT_COMMANDS,
} from './commands.ts'
import { rational } from '../exact/rational.ts'
import { chineseNumber } from './chinese-numbers.ts'
import { readNumber } from './read-number.ts'
import { splitLetters } from './split-letters.ts'
import { MOST_TOKENS, type Token } from './token.ts'
import { unitNamed } from './units.ts'
import { CONNECTORS, FUNCTIONS } from './words.ts'

const MARKS =
  /<=|>=|<>|\+\/-|!=|==|:=|->|=>|<|>|\\\\|[-+*/^_(){}[\]|,;:=!'%&.∪∩∖∈±°~"?€£₹₩¥₽₺₫₱₪₦฿$#@`≈]/y
const COMMAND = /\\([A-Za-z]+)\*?/y
const NUMERAL = /(?:(?=\d*[A-F])[0-9A-F]+|\d+[a-f][0-9a-f]*)(?=_\{?\s*1[1-6](?!\d))/y
/** `10C3`, `10P3` */
const COMBINATIONS = /(\d{1,4})([CP])(\d{1,4})(?![\dA-Za-z_^.])/y
/** `US\$`, `A\$`: dollars of any country. */
const OTHER_DOLLARS =
  /\b(?:(?:US|CA?|AU?|NZ|HK|S|R|NT|MX)(?=\\\$)|(?:US|CA|AU|NZ|HK|NT|MX)(?=\$\s?\d))/g
const RUPEES = /\bRs\.?\s*(?=\d)/gi
/** `<1, 2>` as a vector. */
const ANGLED = /^([^<>]*=\s*)?<([^<>=]*,[^<>=]*)>$/
/** `^\circ` in all its spellings. */
const DEGREES =
  /\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z])|(?<=\d\s*\^)(?:\{\s*(?:\\text|\\mathrm)?\{?[oO]\}?\s*\}|\\(?:text|mathrm)\{o\}|o(?![A-Za-z])))/g
/** A plain `$1,000.99` is money; any other dollar sign delimits mathematics. */
const MONEY = /^[^$]*\$\s*(?=[\d.])[^$]*$/
const HAN = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]+/uy
const HAN_CONNECTORS: ReadonlyMap<string, string> = new Map([
  ['或', 'or'],
  ['和', 'and'],
  ['与', 'and'],
  ['與', 'and'],
  ['及', 'and'],
  ['且', 'and'],
])
/** Text commands that style a symbol rather than set a word. */
const SYMBOLIC = new Set(['mathbf', 'mathcal', 'mathbb'])
const SAME_MARK: ReadonlyMap<string, string> = new Map([
  ['==', '='],
  [':=', '='],
  ['->', '→'],
  ['=>', '⇒'],
  ['<>', '!='],
  ['+/-', '±'],
])
const OPENING = new Set(['(', '[', '\\{', '⟨'])
const CLOSING = new Set([')', ']', '\\}', '⟩'])

interface State {
  readonly source: string
  readonly tokens: Token[]
  position: number
  gap: boolean
  /** Open brackets of which a comma separates items. */
  brackets: number
  /** Whether there are subscripts, which may be bases, and counts such as `10C3`. */
  readonly isIndexed: boolean
  readonly isCounting: boolean
}

/**
 * The tokens of an answer in LaTeX, plain notation or both.
 *
 * @param answer after `normalizeCharacters`
 */
export function tokenize(answer: string): Token[] {
  const source = withoutDelimiters(
    mendBrackets(answer.includes('^') ? answer.replace(DEGREES, '°') : answer),
  )
  const state: State = {
    source,
    tokens: [],
    position: 0,
    gap: false,
    brackets: 0,
    isIndexed: source.includes('_'),
    isCounting: /\d[CP]\d/.test(source),
  }
  while (state.position < source.length) {
    if (state.tokens.length > MOST_TOKENS) throw new Undecidable('answer too long')
    readToken(state)
  }
  return state.tokens
}

/** `<1, 2>` as `\langle 1, 2\rangle`, `Rs. 500` as `₹500`. */
function mendBrackets(answer: string): string {
  const angled = answer.includes('<')
    ? answer
        .trim()
        .replace(ANGLED, (_, name = '', items: string) => `${name}\\langle ${items}\\rangle`)
    : answer
  return /rs/i.test(angled) ? angled.replace(RUPEES, '₹') : angled
}

function withoutDelimiters(written: string): string {
  if (!written.includes('$')) return written
  const answer = written.replace(OTHER_DOLLARS, '')
  const money = MONEY.test(answer.replace(/\\\$/g, ''))
  return answer.replace(/(?<!\\)\$/g, money ? '\\$' : ' ')
}

function readToken(state: State): void {
  const { source, position } = state
  const character = source[position]
  if (/\s|~/.test(character)) {
    state.position++
    state.gap = true
    return
  }
  if (character === '\\') return readCommand(state)
  const isNumeral = state.isIndexed && /[\dA-F]/.test(character)
  NUMERAL.lastIndex = position
  const numeral = isNumeral ? NUMERAL.exec(source)?.[0] : undefined
  if (numeral)
    return push(state, { kind: 'word', text: numeral, plain: true }, position + numeral.length)
  COMBINATIONS.lastIndex = position
  const combinations = state.isCounting && /\d/.test(character) ? COMBINATIONS.exec(source) : null
  if (combinations) return pushCombinations(state, combinations)
  const number = /[\d.]/.test(character)
    ? readNumber(source, position, state.brackets > 0)
    : undefined
  if (number)
    return push(
      state,
      { kind: 'number', text: number.literal.digits, number: number.literal },
      number.end,
    )
  if (/[A-Za-z]/.test(character)) return readLetters(state)
  HAN.lastIndex = position
  const han = HAN.exec(source)?.[0]
  if (han !== undefined) return readHan(state, han)
  MARKS.lastIndex = position
  const mark = MARKS.exec(source)?.[0]
  if (mark === undefined)
    return push(
      state,
      { kind: 'letter', text: String.fromCodePoint(source.codePointAt(position) as number) },
      position + ((source.codePointAt(position) as number) > 0xffff ? 2 : 1),
    )
  pushMark(state, SAME_MARK.get(mark) ?? mark, position + mark.length)
}

/** `10C3` as `^{10}C_3`. */
function pushCombinations(state: State, [whole, n, letter, k]: RegExpExecArray): void {
  const end = state.position + whole.length
  const number = (digits: string): Omit<Token, 'gap'> => ({
    kind: 'number',
    text: digits,
    number: { value: rational(BigInt(digits)), digits },
  })
  push(state, { kind: 'mark', text: '^' }, end)
  push(state, number(n), end)
  push(state, { kind: 'letter', text: letter }, end)
  push(state, { kind: 'mark', text: '_' }, end)
  push(state, number(k), end)
}

/** A run of Chinese characters: a connector or a number at its start, or a word. */
function readHan(state: State, run: string): void {
  const isBehindNumber = state.tokens.at(-1)?.kind === 'number' && !state.gap
  const number = isBehindNumber ? undefined : chineseNumber(run)
  if (number)
    return push(
      state,
      {
        kind: 'number',
        text: String(number.value.n),
        number: { value: number.value, digits: String(number.value.n) },
      },
      state.position + number.length,
    )
  // 40万个
  if (/^[百千万萬亿億]/.test(run) && run.length > 1 && !unitNamed(run))
    return push(state, { kind: 'word', text: run[0] }, state.position + 1)
  const connector = HAN_CONNECTORS.get(run[0])
  if (connector !== undefined)
    return push(state, { kind: 'word', text: connector }, state.position + 1)
  push(state, { kind: 'word', text: run }, state.position + run.length)
}

function readLetters(state: State): void {
  // 6.5 x 10^-2
  if (
    /^[xX] ?10\s*(?:\^|\*\*)/.test(state.source.slice(state.position, state.position + 8)) &&
    state.tokens.at(-1)?.kind === 'number'
  )
    return push(state, { kind: 'mark', text: '*' }, state.position + 1)
  // (-inf, 1] U [3, inf)
  if (
    /^U\s*(?:\\left\s*)?(?:[([]|\\\{)/.test(
      state.source.slice(state.position, state.position + 20),
    ) &&
    CLOSING.has(state.tokens.at(-1)?.text ?? '')
  )
    return push(state, { kind: 'mark', text: '∪' }, state.position + 1)
  const run = (
    /^(?:np|math)\.(?=[a-z])|^[A-Za-z]+/.exec(
      state.source.slice(state.position, state.position + 200),
    ) as RegExpExecArray
  )[0]
  if (run.endsWith('.')) {
    state.position += run.length
    return
  }
  const previous = state.tokens.at(-1)
  const end = state.position + run.length
  // 17th
  if (/^(?:st|nd|rd|th)$/.test(run) && previous?.kind === 'number' && !state.gap) {
    state.position = end
    return
  }
  for (const part of splitLetters(
    run,
    previous !== undefined &&
      !state.gap &&
      (previous.kind === 'number' || previous.kind === 'mark'),
  ))
    push(state, part, end)
}

function readCommand(state: State): void {
  const { source, position } = state
  COMMAND.lastIndex = position
  const match = COMMAND.exec(source)
  if (!match) {
    const mark = ESCAPED_MARKS.get(source[position + 1])
    if (mark)
      return pushMark(
        state,
        mark,
        position + (mark === '\\\\' ? 2 + rowSpacing(source, position + 2) : 2),
      )
    state.position += 2
    state.gap ||= source[position + 1] !== '!'
    return
  }
  const end = position + match[0].length
  const name = /^q?quad(?=[a-z]$)/.test(match[1]) ? 'quad' : match[1]
  if (name === 'quad' && match[1] !== 'quad')
    return pushMark(state, 'quad', position + 1 + match[1].length - 1)
  if (name === 'begin' || name === 'end') return readEnvironment(state, name, end)
  if (TEXT_COMMANDS.has(name)) return readText(state, name, end)
  if (DROPPED_WITH_ARGUMENT.has(name)) {
    state.position = braced(source, end)?.end ?? afterOneToken(source, end)
    return
  }
  const mark = COMMAND_MARKS.get(name) ?? negated(source, name, end)
  if (mark) return pushMark(state, mark, name === 'not' ? source.indexOf('=', end) + 1 : end)
  // 45\deg, not the degree of a polynomial
  if (name === 'deg' && state.tokens.at(-1)?.kind === 'number') return pushMark(state, '°', end)
  if (name === 'forall') return push(state, { kind: 'word', text: 'for' }, end)
  if (!IGNORED_COMMANDS.has(name))
    return push(
      state,
      {
        kind: 'command',
        text: FUNCTIONS.has(name)
          ? name
          : name.replace(/^surd$/, 'sqrt').replace(/^(?:[dtcsix]|nice|flat)(?=frac$)/, ''),
      },
      end,
    )
  // \left. and \right. draw nothing
  state.position = (name === 'left' || name === 'right') && source[end] === '.' ? end + 1 : end
}

/** `\not=` */
function negated(source: string, name: string, end: number): string | undefined {
  return name === 'not' && /^\s*=/.test(source.slice(end, end + 5)) ? '!=' : undefined
}

/** The length of the `[4pt]` behind a new row. */
function rowSpacing(source: string, position: number): number {
  return (
    /^\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in)\s*\]/.exec(
      source.slice(position, position + 20),
    )?.[0].length ?? 0
  )
}

function readEnvironment(state: State, kind: 'begin' | 'end', end: number): void {
  const name = braced(state.source, end)
  if (!name) throw new Undecidable('environment without a name')
  let next = name.end
  if (kind === 'begin' && name.inside.startsWith('array'))
    next = braced(state.source, next)?.end ?? next
  push(state, { kind, text: name.inside.replace('*', '') }, next)
}

/**
 * Words stay words; numbers, single letters and formulas inside \text{…} are read as if outside.
 */
function readText(state: State, command: string, end: number): void {
  const argument = braced(state.source, end)
  if (!argument) {
    state.position = end
    return
  }
  const inside = argument.inside.trim()
  state.gap ||= /^\s/.test(argument.inside)
  if (command.startsWith('mathb') && /^[RZNQC]$/.test(inside))
    return push(state, { kind: 'command', text: `set ${inside}` }, argument.end)
  if (/^[A-Za-z]$/.test(inside))
    return push(
      state,
      {
        kind:
          SYMBOLIC.has(command) || (command === 'mathrm' && /[eid]/.test(inside))
            ? 'letter'
            : 'word',
        text: inside,
      },
      argument.end,
    )
  if (
    /^[A-Za-z]+$/.test(inside) &&
    FUNCTIONS.has(inside) &&
    (command === 'operatorname' ||
      (/^(?:mathrm|text)$/.test(command) && !/^(?:min|max)$/.test(inside)))
  )
    return push(state, { kind: 'command', text: inside }, argument.end)
  if (/^[-+负負]$/.test(inside)) return pushMark(state, inside === '+' ? '+' : '-', argument.end)
  if (/[\d\\^_+=<>$]|\p{Script=Han}/u.test(inside)) {
    for (const token of tokenize(inside))
      push(
        state,
        {
          ...token,
          kind:
            token.kind === 'letter' && !SYMBOLIC.has(command) && !/[eix]/.test(token.text)
              ? 'word'
              : token.kind,
          plain: false,
        },
        argument.end,
      )
    state.position = argument.end
    return
  }
  // brackets that close outside of the text, as in `\text{ (mod } 7)`
  const open = inside.split('(').length !== inside.split(')').length
  const words =
    inside.match(open ? /[\p{L}][\p{L}'-]*|[,;/()]/gu : /[\p{L}][\p{L}'-]*|[,;/]/gu) ?? []
  for (const word of words) {
    if (/[,;/()]/.test(word)) pushMark(state, word, argument.end)
    else if (word === 'choose') push(state, { kind: 'command', text: word }, argument.end)
    else if (HAN_CONNECTORS.has(word))
      push(state, { kind: 'word', text: HAN_CONNECTORS.get(word) as string }, argument.end)
    else
      push(
        state,
        { kind: 'word', text: CONNECTORS.has(word.toLowerCase()) ? word.toLowerCase() : word },
        argument.end,
      )
    state.gap = true
  }
  state.position = argument.end
}

/** An argument without braces is one character: the minus of `\phantom -1`. */
function afterOneToken(source: string, position: number): number {
  return position + (/^\s*[^\s\\{}]/.exec(source.slice(position, position + 20))?.[0].length ?? 0)
}

/** The text between the braces that open at `position`, spaces before them allowed. */
function braced(source: string, position: number): { inside: string; end: number } | undefined {
  while (source[position] === ' ') position++
  if (source[position] !== '{') return undefined
  let depth = 0
  for (let i = position; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '{') depth++
    else if (source[i] === '}' && --depth === 0)
      return { inside: source.slice(position + 1, i), end: i + 1 }
  }
  return undefined
}

function push(state: State, { kind, text, number, plain }: Omit<Token, 'gap'>, end: number): void {
  // one shape of object for all tokens, which are read more often than anything else
  state.tokens.push({ kind, text, gap: state.gap, number, plain })
  state.gap = false
  state.position = end
}

function pushMark(state: State, text: string, end: number): void {
  if (OPENING.has(text)) state.brackets++
  if (CLOSING.has(text)) state.brackets = Math.max(0, state.brackets - 1)
  push(state, text === 'and' ? { kind: 'word', text } : { kind: 'mark', text }, end)
}
