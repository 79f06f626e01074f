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
  const systems = asCases(tokens)
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
