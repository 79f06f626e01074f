const END_OF_TURN = [
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|end_of_text|>',
  '<|end|>',
  '<end_of_turn>',
  '</s>',
  '<｜end▁of▁sentence｜>',
]
const ASSISTANT = '<|im_start|>assistant'
const LONGEST_OBJECT = 20_000
/** Tags are looked for in this much of the end of a response. */
const LONGEST_TAGGED = 50_000
const ANSWER_KEY =
  /["'](?:final[_ ]?)?answer["']\s*:\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?[\d.]+(?:[eE][+-]?\d+)?|\[[^[\]]*\])/gi
const STYLED = /<(b|strong|i|em|u|mark|span|code)>([^<>]{1,200})<\/\1>/gi
const HIGHLIGHTED = /(?<![=\S])==([^=\n]{1,200})==(?![=\d])/g
const CALCULATION = /<<[^<>\n]{1,200}>>/g
const THINK_END = '</think>'

/**
 * The part of a response that answers: the assistant's turn alone, after its thinking, inside
 * `<answer>` tags if it has them.
 */
export function answerPart(response: string): string {
  const start = response.lastIndexOf(ASSISTANT)
  const turn = endTurn(start < 0 ? response : response.slice(start + ASSISTANT.length))
  const thought = turn.lastIndexOf(THINK_END)
  const said = thought < 0 ? turn : turn.slice(thought + THINK_END.length)
  // nothing behind the thinking: what was thought is all there is
  const part = said.trim() === '' ? turn.replaceAll(THINK_END, ' ') : said
  return withoutStyle(jsonAnswer(part) ?? insideAnswerTag(part) ?? part)
}

/** Up to the first end-of-turn token that something precedes. */
function endTurn(text: string): string {
  if (!text.includes('<')) return text
  const ends = END_OF_TURN.map((token) => text.indexOf(token)).filter(
    (end) => end > 0 && text.slice(0, Math.min(end, 200)).trim() !== '',
  )
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends))
}

function insideAnswerTag(part: string): string | undefined {
  const text = part.slice(-LONGEST_TAGGED)
  if (!text.includes('</')) return undefined
  const close = Array.from(text.matchAll(/<\/(?:final[_ -]?)?answer\s*>/gi)).at(-1)
  const open =
    close && Array.from(text.slice(0, close.index).matchAll(/<(?:final[_ -]?)?answer\s*>/gi)).at(-1)
  const inside = open ? text.slice(open.index + open[0].length, close.index) : ''
  return inside.trim() === '' ? undefined : inside
}

/** The value of the key `answer`, or `final_answer`, of an object that ends a response. */
function jsonAnswer(text: string): string | undefined {
  if (!/[}`]\s*$/.test(text.slice(-50))) return undefined
  const end = text.slice(-LONGEST_OBJECT).replace(/\s*(?:```)?\s*$/, '')
  if (!end.endsWith('}')) return undefined
  const start = end.search(/\{\s*["'][\w -]{1,40}["']\s*:/)
  if (start < 0) return undefined
  const object = end.slice(start)
  const value = Array.from(object.matchAll(ANSWER_KEY), (match) => match[1]).at(-1)
  if (value === undefined || !/^["']/.test(value)) return value
  const inside = value.slice(1, -1)
  // \" and \\ are escapes of the object; a lone backslash is one of LaTeX
  return inside.replace(/\\(["'\\/])/g, '$1')
}

/** `<b>45</b>` and `==45==` as 45; without the calculator's notes of GSM8K, `<<6*7=42>>`. */
function withoutStyle(text: string): string {
  const plain = text.includes('</') ? text.replace(STYLED, '$2') : text
  const marked = plain.includes('==') ? plain.replace(HIGHLIGHTED, '$1') : plain
  return marked.includes('<<') ? marked.replace(CALCULATION, '') : marked
}
