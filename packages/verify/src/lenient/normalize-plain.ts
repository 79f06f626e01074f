const TEXT = /^\\text\{(.+?)\}$/
const UNITS =
  'degree cm centimeter meter mile second minute hour day week month year foot feet inch yard'.split(
    ' ',
  )
const UNIT_WORDS = UNITS.map((unit) => new RegExp(`${unit}(?:es)?s? *(?:\\^[0-9]+)?`, 'g'))
const SCALES: readonly (readonly [string, string])[] = [
  ['million', '*10^6'],
  ['billion', '*10^9'],
  ['trillion', '*10^12'],
]
const SYMBOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pi: 'pi',
    infty: 'inf',
    cup: 'U',
    cdot: '*',
    times: '*',
    le: '≤',
    leq: '≤',
    ge: '≥',
    geq: '≥',
    in: '∈',
    pm: '±',
    ne: '≠',
    neq: '≠',
    circ: '∘',
    quad: '  ',
    left: '',
    right: '',
    cos: 'cos',
    sin: 'sin',
    tan: 'tan',
    log: 'log',
    ln: 'ln',
    theta: 'θ',
    alpha: 'α',
    beta: 'β',
    omega: 'ω',
    lambda: 'λ',
    sigma: 'σ',
    tau: 'τ',
    zeta: 'ζ',
    gamma: 'γ',
    delta: 'δ',
    rho: 'ρ',
    Delta: 'Δ',
    exp: 'exp',
    max: 'max',
    arcsin: 'arcsin',
    angle: '∠',
    lfloor: '⌊',
    rfloor: '⌋',
    lceil: '⌈',
    rceil: '⌉',
    hbar: 'ħ',
    odot: '⊙',
    prime: "'",
    sec: 'sec',
    csc: 'csc',
    cot: 'cot',
    approx: '≈',
    geqslant: '≥',
    mho: '℧',
    triangle: '▵',
  }),
)

/**
 * The plain text that the PRM800K grader compares (as DeepScaleR and ICRL's released code use it):
 * units, per cent and dollar signs dropped, LaTeX written out (`\frac{1}{2}` as `1/2`, `\sqrt{2}`
 * as `sqrt(2)`), mixed numbers as sums, no spaces and braces, lower case, integers without
 * separators.
 *
 * @example
 * normalizePlain('3\\frac{1}{4}\\text{ inches}') // '3+1/4'
 */
export function normalizePlain(answer: string): string {
  let text = (TEXT.exec(answer)?.[1] ?? answer)
    .replace(/\\?[%$]/g, '')
    .replace(/ (?:or|and) /g, ' , ')
  for (const [word, power] of SCALES) text = text.replaceAll(word, power)
  for (const unit of UNIT_WORDS) text = text.replace(unit, '')
  text = text.replace(/\^ *\\circ/g, '')
  if (text.startsWith('{') && text.endsWith('}')) text = text.slice(1, -1)
  text = text.replace(/,\\! */g, '')
  if (isWholeFloat(text)) text = String(BigInt(Math.round(Number(text))))
  if (text.includes('\\')) text = writeOut(text)
  text = text
    .replace(/- */g, '-')
    .replace(/([0-9]) +([0-9])/g, '$1+$2')
    .replaceAll(' ', '')
    .replace(/[{}]/g, '')
    .toLowerCase()
  return /^-?\d{1,3}(?:,\d{3})+$|^-?\d+$/.test(text)
    ? String(BigInt(text.replaceAll(',', '')))
    : text
}

function isWholeFloat(text: string): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) && Math.abs(value - Math.round(value)) <= 1e-7
}

/** LaTeX as text, innermost braces first. */
function writeOut(latex: string): string {
  let text = latex
    .replace(/\\[td]frac/g, '\\frac')
    .replaceAll('\\frac', ' \\frac')
    .replace(/\\sqrt(\d)/g, '\\sqrt{$1}')
    .replace(/\\frac\s*(\d)\s*(\d)/g, '\\frac{$1}{$2}')
    .replace(/\\frac\s*(\d)\s*\{/g, '\\frac{$1}{')
    .replace(/(\\frac\s*\{[^{}]*\})\s*(\d)/g, '$1{$2}')
    .replace(/\\[{}]/g, '')
  for (let round = 0; round < 12; round++) {
    const next = text
      .replace(/([\^_])\s*\{([^{}]*)\}/g, '$1$2')
      .replace(/\\(?:exp|arcsin|arccos|arctan|max|min)\s*\{([^{}]*)\}/g, (group) =>
        group.replace(/[\\{}]/g, ''),
      )
      .replace(
        /\\begin\s*\{[pb]matrix\}(.*?)\\end\s*\{[pb]matrix\}/gs,
        (_, rows: string) => `[${rows.replaceAll('\\\\', ';').replaceAll('&', ' ')}]`,
      )
      .replace(/\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '$1/$2')
      .replace(/\\sqrt\s*\[([^\]]*)\]\s*\{([^{}]*)\}/g, ' sqrt($1)($2)')
      .replace(/\\sqrt\s*\{([^{}]*)\}/g, ' sqrt($1)')
      .replace(/\\(?:text\w*|mbox|mathrm|mathbf|mathbb|operatorname)\s*\{([^{}]*)\}/g, '$1')
    if (next === text) break
    text = next
  }
  return text
    .replace(/\\([A-Za-z]+)/g, (_, name: string) => SYMBOLS.get(name) ?? '')
    .replace(/\\[,;:! ]/g, ' ')
    .trim()
}

/**
 * The elements of a tuple, an interval or a list in normal form; a number with separators is one
 * element.
 */
export function splitElements(text: string): string[] {
  if (/^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return [text.replaceAll(',', '')]
  const bracketed =
    text.length > 2 && '([{'.includes(text[0]) && ')]}'.includes(text[text.length - 1])
  const inside = text.slice(1, -1)
  return bracketed && !/[()[\]]/.test(inside)
    ? inside.split(',').map((part) => part.trim())
    : [text]
}
