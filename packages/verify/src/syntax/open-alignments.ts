import { isMark } from './cursor.ts'
import type { Token } from './token.ts'

const ALIGNED = new Set([
  'aligned',
  'align',
  'alignedat',
  'gathered',
  'gather',
  'split',
  'eqnarray',
  'equation',
  'multline',
  'flalign',
])
const RELATIONS = ['=', '<', '>', '<=', '>=', '≈', '≡']

/**
 * The tokens without environments that only align: a row that begins with a relation sign goes on,
 * `x &= 6 \cdot 7 \\ &= 42`; any other is an item of its own.
 */
export function openAlignments(tokens: readonly Token[]): readonly Token[] {
  const systems = asSystem(asCases(tokens))
  if (!systems.some(({ kind, text }) => kind === 'begin' && ALIGNED.has(text))) return systems
  const open: boolean[] = []
  return systems.flatMap((token, i): Token[] => {
    if (token.kind === 'begin') open.push(ALIGNED.has(token.text))
    const aligned = open[open.length - 1]
    if (token.kind === 'end') open.pop()
    if (!aligned) return [token]
    if (token.kind === 'begin' || token.kind === 'end' || isMark(token, '&')) return []
    if (!isMark(token, '\\\\')) return [token]
    const next = systems.slice(i + 1).find((behind) => !isMark(behind, '&', '\\\\'))
    return next === undefined || isMark(next, ...RELATIONS) ? [] : [{ ...token, text: ',' }]
  })
}

/** An array of one column that holds equations, or one value, aligns them. */
function asSystem(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(({ kind, text }) => kind === 'begin' && text === 'array')
  const end = tokens.findIndex(({ kind, text }, i) => i > at && kind === 'end' && text === 'array')
  if (at < 0 || end < 0) return tokens
  const inside = tokens.slice(at + 1, end)
  const rows = inside.filter((token) => isMark(token, '\\\\')).length + 1
  const relations = inside.filter((token) => isMark(token, ...RELATIONS)).length
  if (inside.some((token) => isMark(token, '&') || token.kind === 'begin')) return tokens
  if (rows > 1 && relations < rows) return tokens
  return tokens.map((token, i) => (i === at || i === end ? { ...token, text: 'aligned' } : token))
}

/** `\left\{ \begin{array}{l} … \end{array} \right.`: a brace that does not close opens cases. */
function asCases(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(
    (token, i) =>
      isMark(token, '\\{') &&
      tokens[i + 1]?.kind === 'begin' &&
      /^(?:array|aligned|matrix)$/.test(tokens[i + 1].text),
  )
  if (at < 0 || tokens.slice(at).some((token) => isMark(token, '\\}'))) return tokens
  return tokens.flatMap((token, i): Token[] =>
    i === at ? [] : i === at + 1 ? [{ ...token, text: 'cases' }] : [token],
  )
}
