/**
 * A text without the grouping braces that enclose all of it, however many; `{n \choose k}` keeps
 * its own.
 *
 * @example
 * stripBraces('{{ 3 }}') // '3'
 */
export function stripBraces(text: string): string {
  const trimmed = text.trim()
  if (
    !trimmed.startsWith('{') ||
    !trimmed.endsWith('}') ||
    /\\(?:choose|over)(?![A-Za-z])/.test(trimmed)
  )
    return trimmed
  const opening = /^(?:\{\s*)+/.exec(trimmed)?.[0] ?? ''
  const closing = trailingBraces(trimmed)
  const leading = opening.replace(/\s/g, '').length
  let depth = leading
  let enclosing = leading
  for (let i = opening.length; i < trimmed.length - closing.length; i++) {
    const character = trimmed[i]
    if (character === '\\') i++
    else if (character === '{') depth++
    else if (character === '}') depth--
    enclosing = Math.min(enclosing, depth)
  }
  const layers = Math.min(enclosing, closing.replace(/\s/g, '').length)
  if (layers <= 0 || depth !== closing.replace(/\s/g, '').length) return trimmed
  return dropBraces(trimmed, layers)
}

/** The unescaped closing braces at the end, with spaces between. */
function trailingBraces(text: string): string {
  let start = text.length
  while (start > 0 && (text[start - 1] === '}' || text[start - 1] === ' ')) start--
  if (text[start - 1] === '\\') start++
  return text.slice(start)
}

function dropBraces(text: string, layers: number): string {
  let [start, end] = [0, text.length]
  for (let left = layers; left > 0; start++) if (text[start] === '{') left--
  for (let left = layers; left > 0; end--) if (text[end - 1] === '}') left--
  return text.slice(start, end).trim()
}
