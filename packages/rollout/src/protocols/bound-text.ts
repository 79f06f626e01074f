/**
 * At most about `limit` characters of a text: its beginning, how many are missing, its end. Never
 * cuts a surrogate pair. What an environment sends may be of any size, and is tokenized, stored and
 * shown.
 */
export function boundText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const head = Math.ceil(limit / 2)
  const tail = text.length - (limit - head)
  const begins = text.slice(0, head).replace(/[\ud800-\udbff]$/, '')
  const ends = text.slice(tail).replace(/^[\udc00-\udfff]/, '')
  return `${begins} [… ${tail - head} characters left out …] ${ends}`
}
