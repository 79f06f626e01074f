// Formulas as docstrings write them, in Unicode, for MathJax. An editor shows `w_t = π(y_t | q)`, and
// the site sets it.

/** Whether an indented block is a formula: it begins with what it defines, or with a sum. */
export const isFormula = (block) =>
  /^(?:[^\s:]+ +){1,3}(?:=|←) /.test(block) || /^(?:[ΣΠ]_|L [−+] )/.test(block)

/** A formula of one or several lines, aligned where they say what something is. */
export function texOf(formula) {
  const lines = formula.trimEnd().split('\n')
  if (lines.length === 1) return lineOf(lines[0]).join(' ')
  const rows = lines.map((line) => {
    const [left, ...right] = lineOf(line)
    // What is set in goes on with the line above.
    const isAligned = right.length > 0 && (left === '' || !line.startsWith(' '))
    return isAligned ? `${left} &${right.join(' ')}` : `&\\quad ${[left, ...right].join(' ')}`
  })
  return `\\begin{aligned}\n${rows.join(' \\\\\n')}\n\\end{aligned}`
}

/** A line up to its first relation, and from there on. */
function lineOf(line) {
  const items = new Reader(line.trim().replace(/ +(?=[=←] )/g, ' ')).sequence()
  const at = items.findIndex(({ kind }) => kind === 'relation')
  return at < 0 ? [written(items)] : [written(items.slice(0, at)).trim(), written(items.slice(at))]
}

const OPERATORS = new Set([
  'log',
  'ln',
  'exp',
  'cos',
  'min',
  'max',
  'clip',
  'mean',
  'std',
  'var',
  'KL',
])
const SIGNS = {
  '−': '-',
  '·': '\\cdot',
  '≤': '\\le',
  '≥': '\\ge',
  '<': '\\lt',
  '>': '\\gt',
  '≠': '\\ne',
  '∈': '\\in',
  '≻': '\\succ',
  '‖': '\\,\\Vert\\,',
  '±': '\\pm',
  '≈': '\\approx',
  '½': '\\tfrac12',
  '*': '{}^*',
  '%': '\\%',
}
const LETTERS = {
  Σ: '\\sum',
  Π: '\\prod',
  Â: '\\hat A',
  ŷ: '\\hat y',
  𝒢: '\\mathcal G',
  ℓ: '\\ell',
}
const RAISED = { '²': '2', '³': '3', '⁺': '+', '⁻': '-', ᵗ: 't' }
const LOWERED = { '₀': '0', '₁': '1', '₂': '2' }
const CLOSING = { '(': ')', '[': ']', '{': '}', '|': '|' }
const ROOTS = { '√': '\\sqrt', '∛': '\\sqrt[3]' }

const WORD = /^(?:pass@k|[A-Za-z]{2,}\d*'?(?:s\b)?|[A-Za-z]\d(?![\w(])|[a-z]\d(?=_))/
const NUMBER = /^\d+(?:\.\d+)?/

/** Whether what follows an operator is what it is applied to, and no words. */
function isApplied(after) {
  const [, next] = /^ ([a-z]{2,})/.exec(after) ?? []
  if (next !== undefined) return OPERATORS.has(next)
  return /^(?:[_(]| ?[\p{L}\d|√[−])/u.test(after)
}

/** Reads a line into items: `{ kind, tex, inner }`, where a group keeps what is in it as `inner`. */
class Reader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  get rest() {
    return this.text.slice(this.at)
  }

  take(pattern) {
    const [found] = pattern.exec(this.rest) ?? []
    this.at += found?.length ?? 0
    return found
  }

  sequence(closing) {
    const items = []
    while (this.at < this.text.length) {
      const space = this.take(/^ +/)
      if (space) items.push({ kind: 'space', tex: space.length > 1 ? '\\qquad ' : ' ' })
      if (closing !== undefined && this.rest.startsWith(closing)) {
        this.at += closing.length
        return withFractions(items)
      }
      if (this.at < this.text.length) items.push(this.item(items))
    }
    if (closing !== undefined)
      throw new Error(`"${this.text}" has no ${closing} for each opening one.`)
    return withFractions(items)
  }

  item(before) {
    const phrase = this.phrase(before)
    if (phrase !== undefined) return this.withTail({ kind: 'text', tex: `\\text{${phrase}}` })
    const [sign] = [...this.rest]
    if (this.rest.startsWith('| ') && this.text[this.at - 1] === ' ')
      return this.sign('sign', '\\mid')
    if (/^[−+](?! )/.test(this.rest) && /^(?:|[ (])$/.test(this.text[this.at - 1] ?? ''))
      return this.sign('', `{${SIGNS[sign] ?? sign}}`)
    if (sign === '=') return this.sign('relation', '=')
    if (sign === '←') return this.sign('relation', '\\leftarrow')
    if (sign === '/') return this.sign('slash', '/')
    return this.atom()
  }

  sign(kind, tex) {
    this.at++
    return { kind, tex }
  }

  /** Words with the spaces and commas between them; an operator only where a word follows it. */
  phrase(before) {
    const words = []
    for (;;) {
      const start = this.at
      const gap = words.length > 0 ? (this.take(/^,? (?! )/) ?? '') : ''
      const word = gap === '' && words.length > 0 ? undefined : this.word(words, before)
      if (word === undefined) {
        this.at = start
        return words.length > 0 ? words.join('') : undefined
      }
      words.push(gap + word)
      if (/^[_([^]/.test(this.rest)) return words.join('')
    }
  }

  word(words) {
    const isArticle = /^a (?=[a-z]{2})/.test(this.rest)
    if (isArticle) return this.take(/^a/)
    const [found] = WORD.exec(this.rest) ?? []
    if (found === undefined || /\d$/.test(this.text[this.at - 1] ?? '')) return undefined
    const after = this.rest.slice(found.length)
    if (OPERATORS.has(found) && isApplied(after)) return undefined
    // A name with an index is none of the words before it.
    if (words.length > 0 && after.startsWith('_')) return undefined
    this.at += found.length
    return found
  }

  atom() {
    const number = this.take(NUMBER)
    if (number !== undefined)
      return this.withTail({
        kind: 'atom',
        tex: number === '1' && this.rest[0] === '[' ? '\\mathbb 1' : number,
      })
    const word = this.take(WORD)
    if (OPERATORS.has(word)) return this.application(word)
    if (word !== undefined) this.at -= word.length
    const [sign] = [...this.rest]
    this.at += sign.length
    if (sign in ROOTS) return this.root(sign)
    if (sign in CLOSING) return this.withTail(this.group(sign))
    if (sign in SIGNS) return { kind: sign === '·' ? 'times' : 'sign', tex: `${SIGNS[sign]} ` }
    if (sign in LETTERS)
      return this.withTail({ kind: 'ΣΠ'.includes(sign) ? 'big' : 'atom', tex: LETTERS[sign] })
    return /\p{L}|[∇∂]/u.test(sign)
      ? this.withTail({ kind: 'atom', tex: sign })
      : { kind: 'sign', tex: sign }
  }

  /** An operator with what it is applied to, which a fraction keeps together. */
  application(word) {
    const operator = this.withTail({ kind: 'atom', tex: `\\operatorname{${word}}` })
    if (operator.isCall || !/^ ?[\p{L}|\d√]/u.test(this.rest)) return operator
    this.take(/^ /)
    const argument = this.atom()
    return { kind: 'atom', tex: `${operator.tex} ${argument.tex}` }
  }

  root(sign) {
    this.at++
    return { kind: 'atom', tex: `${ROOTS[sign]}{${written(this.sequence(')'))}}` }
  }

  group(opening) {
    const inner = written(this.sequence(CLOSING[opening])).trim()
    const [left, right] = opening === '{' ? ['\\{', '\\}'] : [opening, CLOSING[opening]]
    const tex = `\\left${left}${inner}\\right${right}`
    return {
      kind: 'atom',
      tex,
      isGroup: '(|'.includes(opening),
      inner: opening === '(' ? inner : undefined,
    }
  }

  /** Indices, exponents, primes, and the brackets of a call or an element right behind it. */
  withTail(item) {
    let { tex, isCall } = item
    const { inner } = item
    for (;;) {
      const [sign] = [...this.rest]
      if (sign === "'") tex += this.sign('', "'").tex
      else if (sign === '_' || sign === '^') tex += sign + this.index()
      else if (sign in RAISED) tex += this.sign('', `^{${RAISED[sign]}}`).tex
      else if (sign in LOWERED) tex += this.sign('', `_{${LOWERED[sign]}}`).tex
      else if (/[([]/.test(sign) && item.kind !== 'big' && !/^\d/.test(item.tex)) {
        this.at++
        tex += this.group(sign).tex
        isCall = true
      } else return { ...item, tex, isCall, inner: tex === item.tex ? inner : undefined }
    }
  }

  index() {
    this.at++
    if (this.take(/^[{(]/)) {
      const closing = CLOSING[this.text[this.at - 1]]
      return `{${written(this.sequence(closing))}}`
    }
    const name = this.take(/^(?:[<≤]?[\p{L}\d]+)/u)
    if (name === undefined) throw new Error(`"${this.text}" has an index that cannot be read.`)
    const isWord = name.length > 2 || /^[A-Z]{2}$/.test(name)
    return isWord ? `{\\text{${name}}}` : `{${name.replace('<', '\\lt ')}}`
  }
}

/** `a / b` as a fraction; a slash between two names, without spaces, stays. */
function withFractions(items) {
  const done = []
  for (let i = 0; i < items.length; i++) {
    const isSpaced = done.at(-1)?.kind === 'space'
    const next = items[i + 1]?.kind === 'space' ? i + 2 : i + 1
    const isFraction = isSpaced || items[next]?.isGroup || done.at(-1)?.isGroup
    if (items[i].kind !== 'slash' || !isFraction) {
      done.push(items[i])
      continue
    }
    if (isSpaced) done.pop()
    const above = takeFactors(done, isSpaced)
    const below = [items[next]]
    i = next
    while (items[i + 1]?.kind === 'atom' || below.at(-1).kind === 'big') below.push(items[++i])
    done.push({ kind: 'atom', tex: `\\frac{${part(above)}}{${part(below)}}` })
  }
  return done
}

/** The factors at the end of a list, of which a spaced slash takes all, and another those beside it. */
function takeFactors(items, isSpaced) {
  const isFactor = ({ kind, tex }) =>
    kind === 'atom' || (isSpaced && (kind === 'times' || kind === 'text' || tex === ' '))
  const start = items.findLastIndex((item) => !isFactor(item)) + 1
  const factors = items.splice(Math.min(start, items.length - 1))
  if (factors[0].kind === 'space') items.push(factors.shift())
  return factors
}

const part = (items) => (items.length === 1 && items[0].inner) || written(items).trim()

/** Items one after another; words keep a space to letters beside them. */
function written(items) {
  const isLetters = (item) => /^(?:atom|text|)$/.test(item?.kind ?? 'none')
  return items
    .map(({ tex, kind }, i) => {
      const beside = [items[i - 1], items[i + 1]]
      const isByWord = beside.every(isLetters) && beside.some((item) => item.kind === 'text')
      return kind === 'space' && tex === ' ' && isByWord ? '\\ ' : tex
    })
    .join('')
}
