/**
 * At most `limit` characters of a text: its beginning, how many characters are missing, its end.
 * Never cuts a surrogate pair.
 */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  const note = ` [… ${text.length - limit} or more characters left out …] `
  if (note.length >= limit) return wellFormed(text.slice(0, limit))
  const head = Math.ceil((limit - note.length) / 2)
  return `${wellFormed(text.slice(0, head))}${note}${wellFormed(text.slice(text.length - (limit - note.length - head)))}`
}

/** A cut text without half a surrogate pair at either end. */
export function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '')
}
