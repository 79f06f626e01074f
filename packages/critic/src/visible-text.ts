/**
 * What a model says outside its thinking: the text after the last `</think>`, up to a `<think>`
 * that was never closed.
 *
 * @example
 * import { visibleText } from '@icrl/critic'
 * visibleText('<think>7 or 8?</think> It is 8.') // 'It is 8.'
 */
export function visibleText(text: string): string {
  const end = text.lastIndexOf('</think>')
  const rest = end === -1 ? text : text.slice(end + '</think>'.length)
  const open = rest.indexOf('<think>')
  return (open === -1 ? rest : rest.slice(0, open)).trim()
}
