/**
 * At most `limit` characters of a text: its beginning, how many characters are missing, its end. If
 * there is no room for that note, only the beginning. Never cuts a surrogate pair.
 */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  const note = ` [… ${text.length - limit} or more characters left out …] `
  if (note.length >= limit) return wellFormed(text.slice(0, limit))
  const head = Math.ceil((limit - note.length) / 2)
  return `${wellFormed(text.slice(0, head))}${note}${wellFormed(text.slice(text.length - (limit - note.length - head)))}`
}

/** Removes half a surrogate pair from either end of a text that was cut. */
export function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '')
}
