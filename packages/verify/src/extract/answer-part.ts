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
  return insideAnswerTag(part) ?? part
}

/** Up to the first end-of-turn token that something precedes. */
function endTurn(text: string): string {
  const ends = END_OF_TURN.map((token) => text.indexOf(token)).filter(
    (end) => end > 0 && text.slice(0, Math.min(end, 200)).trim() !== '',
  )
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends))
}

function insideAnswerTag(text: string): string | undefined {
  const close = text.lastIndexOf('</answer>')
  const open = close < 0 ? -1 : text.lastIndexOf('<answer>', close)
  const inside = open < 0 ? '' : text.slice(open + '<answer>'.length, close)
  return inside.trim() === '' ? undefined : inside
}
