/**
 * Never part of an answer: control characters, soft hyphen, zero-width and bidirectional marks,
 * byte-order mark.
 */
const INVISIBLE =
  /[\u0000-\u0007\u000b\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g
const SPACE = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g
const ESCAPED_TWICE =
  /(?<!\\)\\\\(?=(?:[dtc]?frac|sqrt|left|right|text|textbf|mathrm|mathbb|mathbf|boxed|begin|end|pi|theta|alpha|beta|cup|cap|cdot|times|div|pm|leq?|geq?|neq?|infty|circ|in|log|ln|sin|cos|tan|binom|quad|lfloor|rfloor|angle)(?![A-Za-z]))/g

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ'
const SUPERSCRIPT_OF = '0123456789+-=()ni'
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎'
const SUBSCRIPT_OF = '0123456789+-=()'
const SUPERSCRIPT_RUN = new RegExp(`[${SUPERSCRIPTS}]+`, 'g')
const SUBSCRIPT_RUN = new RegExp(`[${SUBSCRIPTS}]+`, 'g')
/** Characters of double width, as Chinese and Japanese text has them: `４２`, `（Ｂ）`. */
const FULL_WIDTH = /[\uff01-\uff5e]/g
/** ¹⁄₂ and ¹/₂ */
const SMALL_FRACTION = /([⁰¹²³⁴⁵⁶⁷⁸⁹]+)[⁄∕/]([₀₁₂₃₄₅₆₇₈₉]+)/g
/** A sign of superscript size before a number: `⁻17`. */
const RAISED_SIGN = /(^|[=(,\s])([⁻⁺])(?=\d)/g
/** 负 before a number, 零下 of a temperature. */
const HAN_MINUS = /(?:[负負]|零下)(?=\s*[\d√π\\])/g
/** Marks of a proof's end, ticks and `∴`: they say nothing. */
const ORNAMENTS = /[∎■□▪◼✓✔✅☑∴]/gu
/** Nothing to do. */
const PLAIN = /^[A-Za-z0-9.+-]*$/
/** A sign in braces of its own, not the one of `0^{+}`. */
const SIGN_IN_BRACES = /(?<![\^_])(?:\\(?:text|mathrm|mbox))?\{([-+])\}/g
/** `^1/_2` */
const RAISED_FRACTION = /^\^\{?(\d+)\}?\s*\/\s*_\{?(\d+)\}?$/
const THAT_IS = /\bi\. ?e\.,?/g
/** Letters of mathematical alphabets, 𝜋 and 𝑥; their digits stay what they are. */
const MATHEMATICAL = /[\u{1d400}-\u{1d7cd}]/gu
/** 3̅ */
const OVERLINED = /((?:\d\u0305)+)/g
/** ³√ */
const ROOT_INDEX = /([²³⁴⁵⁶⁷⁸⁹])\s*√/g
const GREEK = new Map(
  [...'αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ'].map((letter, i) => [
    letter,
    [
      'alpha',
      'beta',
      'gamma',
      'delta',
      'epsilon',
      'zeta',
      'eta',
      'theta',
      'iota',
      'kappa',
      'lambda',
      'mu',
      'nu',
      'xi',
      'pi',
      'rho',
      'sigma',
      'tau',
      'upsilon',
      'phi',
      'chi',
      'psi',
      'omega',
      'Gamma',
      'Delta',
      'Theta',
      'Lambda',
      'Xi',
      'Pi',
      'Sigma',
      'Phi',
      'Psi',
      'Omega',
    ][i],
  ]),
)
const SIGNS = new Map(
  Object.entries({
    '−': '-',
    '–': '-',
    '—': '-',
    '‐': '-',
    '‑': '-',
    '﹣': '-',
    '×': '\\times ',
    '⋅': '\\cdot ',
    '·': '\\cdot ',
    '∙': '\\cdot ',
    '÷': '\\div ',
    '∕': '/',
    '⁄': '/',
    '±': '\\pm ',
    '∓': '\\mp ',
    '√': '\\sqrt ',
    '∛': '\\sqrt[3]',
    '∜': '\\sqrt[4]',
    '∞': '\\infty ',
    '≤': '\\le ',
    '⩽': '\\le ',
    '≥': '\\ge ',
    '⩾': '\\ge ',
    '≠': '\\ne ',
    '≈': '\\approx ',
    '≡': '\\equiv ',
    '∈': '\\in ',
    '∉': '\\notin ',
    '∪': '\\cup ',
    '∩': '\\cap ',
    '∖': '\\setminus ',
    '∅': '\\emptyset ',
    ℝ: '\\mathbb{R}',
    ℤ: '\\mathbb{Z}',
    ℕ: '\\mathbb{N}',
    ℚ: '\\mathbb{Q}',
    ℂ: '\\mathbb{C}',
    '°': '^\\circ ',
    º: '^\\circ ',
    '∠': '\\angle ',
    '△': '\\triangle ',
    '⌊': '\\lfloor ',
    '⌋': '\\rfloor ',
    '⌈': '\\lceil ',
    '⌉': '\\rceil ',
    '⟨': '\\langle ',
    '⟩': '\\rangle ',
    '〈': '\\langle ',
    '〉': '\\rangle ',
    '∣': '|',
    '′': "'",
    '″': "''",
    '’': "'",
    '‘': "'",
    '“': '"',
    '”': '"',
    '…': '\\ldots ',
    '⋯': '\\ldots ',
    '→': '\\to ',
    '⇒': '\\to ',
    '∑': '\\sum ',
    '∏': '\\prod ',
    '¢': ' cents',
    '。': '.',
    '．': '.',
    '、': ',',
    '≦': '\\le ',
    '≧': '\\ge ',
    '∘': '^\\circ ',
    '˚': '^\\circ ',
    '℃': '^\\circ C',
    '℉': '^\\circ F',
    '•': '\\cdot ',
    '⋆': '\\cdot ',
    '∶': ':',
    Ø: '\\emptyset ',
    ø: '\\emptyset ',
    '⌀': '\\emptyset ',
    '∧': '\\land ',
    '∨': '\\lor ',
    '⟶': '\\to ',
    '⇔': '\\iff ',
    Ω: '\\Omega ',
    µ: '\\mu ',
    Å: '\\text{angstrom}',
    ℓ: 'l',
    '⅐': '\\frac{1}{7}',
    '⅑': '\\frac{1}{9}',
    '⅒': '\\frac{1}{10}',
    '½': '\\frac{1}{2}',
    '⅓': '\\frac{1}{3}',
    '⅔': '\\frac{2}{3}',
    '¼': '\\frac{1}{4}',
    '¾': '\\frac{3}{4}',
    '⅕': '\\frac{1}{5}',
    '⅖': '\\frac{2}{5}',
    '⅗': '\\frac{3}{5}',
    '⅘': '\\frac{4}{5}',
    '⅙': '\\frac{1}{6}',
    '⅚': '\\frac{5}{6}',
    '⅛': '\\frac{1}{8}',
    '⅜': '\\frac{3}{8}',
    '⅝': '\\frac{5}{8}',
    '⅞': '\\frac{7}{8}',
  }),
)

/**
 * The same answer in ASCII and LaTeX: invisible characters dropped, mathematical Unicode as
 * commands (`√3` as `\sqrt 3`, `10⁻⁸` as `10^{-8}`), LaTeX that went through one escape too many or
 * too few mended, emphasis around it dropped. Digits and letters of other scripts stay what they
 * are: a look-alike is not the answer. Those of double width are the same characters.
 */
export function normalizeCharacters(text: string): string {
  if (PLAIN.test(text)) return text
  return mendSpelling(dropQuotes(normalize(text)))
}

/** Signs and words of LaTeX that are spelled in an odd way: `{-}5`, `\\text{-}5`, "i.e.". */
function mendSpelling(text: string): string {
  return text.includes('{-}') || text.includes('{+}') || text.includes('i.')
    ? text.replace(SIGN_IN_BRACES, '$1').replace(THAT_IS, ' or ')
    : text.startsWith('^')
      ? text.replace(RAISED_FRACTION, '\\frac{$1}{$2}')
      : text
}

function normalize(text: string): string {
  const plain = dropEmphasis(text)
  if (/^[ -~\n]*$/.test(plain))
    return plain.includes('\\\\') ? plain.replace(ESCAPED_TWICE, '\\') : plain
  const mended = plain
    .replace(/\f(?=rac)/g, '\\f')
    .replace(/\u0008(?=oxed|inom|egin)/g, '\\b')
    .replace(/\t(?=ext\{|frac|imes)/g, '\\t')
    .replace(ESCAPED_TWICE, '\\')
    .replace(INVISIBLE, '')
  if (/^[\u0000-\u007f]*$/.test(mended)) return mended
  return mended
    .replace(SPACE, ' ')
    .replace(FULL_WIDTH, (mark) => String.fromCodePoint((mark.codePointAt(0) as number) - 0xfee0))
    .replace(MATHEMATICAL, (letter) => letter.normalize('NFKC'))
    .replace(OVERLINED, (_, digits: string) => `\\overline{${digits.replace(/\u0305/g, '')}}`)
    .replace(
      SMALL_FRACTION,
      (_, over: string, under: string) =>
        `\\frac{${translate(over, SUPERSCRIPTS, SUPERSCRIPT_OF)}}{${translate(under, SUBSCRIPTS, SUBSCRIPT_OF)}}`,
    )
    .replace(RAISED_SIGN, (_, before: string, sign: string) => before + (sign === '⁻' ? '-' : '+'))
    .replace(HAN_MINUS, '-')
    .replace(ORNAMENTS, '')
    .replace(
      ROOT_INDEX,
      (_, index: string) => `\\sqrt[${SUPERSCRIPT_OF[SUPERSCRIPTS.indexOf(index)]}]`,
    )
    .replace(SUPERSCRIPT_RUN, (run) => `^{${translate(run, SUPERSCRIPTS, SUPERSCRIPT_OF)}}`)
    .replace(SUBSCRIPT_RUN, (run) => `_{${translate(run, SUBSCRIPTS, SUBSCRIPT_OF)}}`)
    .replace(
      /[^\u0000-\u007f]/g,
      (character) =>
        SIGNS.get(character) ?? (GREEK.has(character) ? `\\${GREEK.get(character)} ` : character),
    )
}

const QUOTED =
  /^(?:``|['"`«»‹›„‚「『【])\s*([^'"`«»‹›„‚「」『』【】]+?)\s*(?:''|['"`«»‹›」』】])\.?$/

/** `'42'`, `«42»` and ``` ``42'' ``` as 42. */
function dropQuotes(text: string): string {
  return /^['"`«»‹›„‚「『【]/.test(text) ? text.replace(QUOTED, '$1') : text
}

/** `**3**` as `3`. */
function dropEmphasis(text: string): string {
  const trimmed = text.trim()
  return /^[=\s]*[*_`]/.test(trimmed)
    ? trimmed.replace(/^([=\s]*)(\*\*|__|`)([\s\S]*)\2$/, '$1$3')
    : text
}

function translate(run: string, from: string, to: string): string {
  return Array.from(run, (character) => to[from.indexOf(character)]).join('')
}
