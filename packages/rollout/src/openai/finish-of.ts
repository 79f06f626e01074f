import type { Completion } from '@icrl/core'

/**
 * How an answer ended: `broken` if a fault of the server cut it off, so that it is no answer.
 * `aborted` is what vLLM and SGLang say of a request that was called off.
 */
export type AnsweredFinish = Completion['finish'] | 'broken'

const CUT_OFF =
  /length|max[_-]?(?:output[_-]?|new[_-]?|completion[_-]?)?tokens?\b|max[_-]?len|(?<!rate[_-])limit|context[_-]?window|truncat|incomplete/
const BROKEN =
  /^(?:error|rate[_-]limit\w*|failed|failure|fault|timeout|network[_-]?error|(?:finish[_-]?reason[_-]?)?(?:other|unspecified)|insufficient[_-]system[_-]resource|malformed[_-]\w+|error[_-]?toxic)$/
const ABORTED = /^(?:abort(?:ed)?|cancell?ed|user[_-]cancel)$/

/**
 * The finish reason of any dialect: OpenAI's `length`; `max_tokens` (Anthropic, Bedrock),
 * `MAX_TOKENS` (Gemini, Cohere), `REASON_MAX_LEN` (xAI), `model_length` (Mistral), `ERROR_LIMIT`
 * (Cohere), `model_context_window_exceeded` (Anthropic, Zhipu) for a text that was cut off. Every
 * other word is a text that the model ended itself, or that a filter ended.
 */
export function finishOf(reason: unknown): AnsweredFinish {
  if (typeof reason !== 'string') return 'stop'
  const word = reason.toLowerCase()
  if (CUT_OFF.test(word)) return 'length'
  if (ABORTED.test(word)) return 'aborted'
  return BROKEN.test(word) ? 'broken' : 'stop'
}
