import { IcrlError } from '@icrl/core'
import { parseQuery, type TextAtom } from './parse-query.ts'

/** A term of `{o.indefinite + ' ' + o.name}`. */
export type TextTerm =
  | { readonly literal: string }
  | { readonly variable: string; readonly field: 'name' | 'id' | 'article' }

/** A piece of a rule's text. */
export type TextPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `#symbol#`: written out by the symbol's rules. */
  | { readonly kind: 'symbol'; readonly name: string }
  /** `{expression}`. */
  | { readonly kind: 'value'; readonly terms: readonly TextTerm[] }
  /**
   * `{piece | facts}`: the piece once for each match; `[{piece | facts}]`: with separators between.
   */
  | {
      readonly kind: 'each'
      readonly piece: TextPart
      readonly given: readonly TextAtom[]
      readonly list: boolean
    }

const fields: Readonly<Record<string, 'name' | 'id' | 'article'>> = {
  name: 'name',
  id: 'id',
  indefinite: 'article',
}

function parseTerms(expression: string, where: string): TextTerm[] {
  // In "r.name or r.id" the name is never empty, so the first alternative is the value.
  return expression
    .split(' or ')[0]
    .split('+')
    .map((term) => {
      const match = /^\s*(?:'([^']*)'|(\w+)(?:\.(\w+))?)\s*$/.exec(term)
      const field = match?.[3] === undefined ? 'name' : fields[match[3]]
      if (!match || (match[1] === undefined && field === undefined)) {
        throw new IcrlError(`${where}: cannot evaluate {${expression.slice(0, 40)}}.`, {
          code: 'unsupported',
          remedy: "Use .name, .id, .indefinite, 'text', + and or.",
        })
      }
      return match[1] !== undefined ? { literal: match[1] } : { variable: match[2], field }
    })
}

function parsePiece(inner: string, where: string, list: boolean): TextPart {
  const bar = inner.indexOf('|')
  const expression = (bar < 0 ? inner : inner.slice(0, bar)).trim()
  const piece: TextPart = /^#[^#]+#$/.test(expression)
    ? { kind: 'symbol', name: expression.slice(1, -1) }
    : { kind: 'value', terms: parseTerms(expression, where) }
  if (bar < 0 && !list) return piece
  return {
    kind: 'each',
    piece,
    given: bar < 0 ? [] : parseQuery(inner.slice(bar + 1), where),
    list,
  }
}

const part = /\[\{([^{}]*)\}\]|\{([^{}]*)\}|#([^#]+)#|"([^;|"<>[\]#{}]*)"|([^;|"<>[\]#{}]+)/y

/**
 * Splits a rule's text into pieces, as TextWorld's own reader does: blanks and `//` lines at the
 * very start are dropped, and so are tabs before a piece and double quotes. The text ends silently
 * at the first character that fits no piece (`;`, `<`, a stray `}`).
 *
 * @throws IcrlError `corrupt-file` or `unsupported` with the place
 * @example
 * parseText('You open the {r.name}. #examineReceptacle.feedback#', 'example').length // 4
 */
export function parseText(text: string, where: string): TextPart[] {
  const parts: TextPart[] = []
  const rest = text.replace(/^\s*(?:\/\/[^\n]*\n\s*)*/, '')
  part.lastIndex = 0
  for (let match = part.exec(rest); match; match = part.exec(rest)) {
    const [, list, braced, symbol, quoted, literal] = match
    if (list !== undefined) parts.push(parsePiece(list, where, true))
    else if (braced !== undefined) parts.push(parsePiece(braced, where, false))
    else if (symbol !== undefined) parts.push({ kind: 'symbol', name: symbol })
    else parts.push({ kind: 'literal', text: quoted ?? literal.replace(/^\t+/, '') })
  }
  return parts
}
