/**
 * About `limit` characters of a text at most: its beginning, how many are missing, its end. What an
 * environment sends can be of any size, and it is tokenized, stored and shown. Never cuts a
 * surrogate pair.
 */
export function boundText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const head = Math.ceil(limit / 2)
  const tail = text.length - (limit - head)
  const begins = text.slice(0, head).replace(/[\ud800-\udbff]$/, '')
  const ends = text.slice(tail).replace(/^[\udc00-\udfff]/, '')
  return `${begins} [… ${tail - head} characters left out …] ${ends}`
}
