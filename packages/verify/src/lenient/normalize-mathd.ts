const TEXT = /^\\text\{(.+?)\}$/

/**
 * The string form that the Hendrycks MATH grader compares (as DeepScaleR and ICRL's released code
 * use it): spacing, sizing, units, degrees, dollar and per cent signs dropped, fractions and roots
 * braced, `x=` dropped, a/b as a \frac.
 *
 * @example
 * normalizeMathd('x = \\dfrac12') // '\\frac{1}{2}'
 */
export function normalizeMathd(answer: string): string {
  const trimmed = answer.trim()
  let text = (TEXT.exec(trimmed)?.[1] ?? trimmed)
    .replaceAll('\n', '')
    .replaceAll('\\!', '')
    .replaceAll('\\\\', '\\')
    .replace(/[td]frac/g, 'frac')
    .replace(/\\left|\\right/g, '')
    .replace(/\^\{\\circ\}|\^\\circ/g, '')
    .replaceAll('\\$', '')
  const unit = text.indexOf('\\text{ ')
  if (unit >= 0) text = text.slice(0, unit)
  text = text.replaceAll('\\%', '').replaceAll(' .', ' 0.').replaceAll('{.', '{0.')
  if (text === '') return text
  if (text.startsWith('.')) text = `0${text}`
  const sides = text.split('=')
  if (sides.length === 2 && sides[0].length <= 2) text = sides[1]
  text = braceFractions(text.replace(/\\sqrt([^{])/g, '\\sqrt{$1}').replaceAll(' ', ''))
  if (text === '0.5') return '\\frac{1}{2}'
  return /^-?\d+\/-?\d+$/.test(text) ? text.replace(/^(.+)\/(.+)$/, '\\frac{$1}{$2}') : text
}

/** `\frac12` and `\frac1{72}` with both arguments braced. */
function braceFractions(text: string): string {
  return text
    .split('\\frac')
    .map((part, i) => {
      if (i === 0 || part.startsWith('{') || part.length < 2) return part
      return part[1] === '{'
        ? `{${part[0]}}${part.slice(1)}`
        : `{${part[0]}}{${part[1]}}${part.slice(2)}`
    })
    .join('\\frac')
}
