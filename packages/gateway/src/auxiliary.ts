import { textOf } from '@icrl/core'
import type { CallRequest } from './dialects/dialect.ts'

const TITLE =
  /\b(generate|write|create|give|produce|come up with)\b[^.\n]{0,80}\b(title|headline)\b/i
const SUMMARY = [
  /\bsummari[sz]e\b[^.\n]{0,40}\b(conversation|chat|session|transcript)\b/i,
  /\b(conversation|chat|session|transcript)\b[^.\n]{0,40}\bto summari[sz]e\b/i,
  /\bcontext\b[^.\n]{0,20}\bsummar(y|i[sz]ation)\b/i,
]

/**
 * True for what agents ask on the side: a title or a summary of the conversation, without tools. It
 * looks at the system message and at the last one.
 *
 * @example
 * declare const request: CallRequest
 * const isAuxiliary = (each: CallRequest) => isTitleOrSummary(each) || each.model === 'small'
 */
export function isTitleOrSummary({ messages, tools }: CallRequest): boolean {
  if (tools.length > 0) return false
  const asked = [messages.find(({ role }) => role === 'system'), messages.at(-1)]
  return asked.some((message) => {
    const words = message === undefined ? '' : textOf(message)
    return [TITLE, ...SUMMARY].some((pattern) => pattern.test(words))
  })
}
