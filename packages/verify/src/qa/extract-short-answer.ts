/**
 * The short answer in a response: the inside of the last `<answer>…</answer>`, else what follows
 * the last `</think>`, else all of it. Trimmed; undefined where that leaves nothing.
 *
 * verl's Search-R1 reward takes the last tag likewise; it counts a response without tags as wrong,
 * which a caller who wants that sees in the text itself.
 *
 * @example
 * extractShortAnswer('<think>France, so…</think><answer>Paris</answer>') // 'Paris'
 */
export function extractShortAnswer(response: string): string | undefined {
  const thinking = response.lastIndexOf('</think>')
  const said = thinking < 0 ? response : response.slice(thinking + '</think>'.length)
  return (insideLastTag(said) ?? said).trim() || undefined
}

function insideLastTag(text: string): string | undefined {
  const close = text.lastIndexOf('</answer>')
  if (close < 0) return undefined
  const open = text.lastIndexOf('<answer>', close)
  return open < 0 ? undefined : text.slice(open + '<answer>'.length, close)
}
