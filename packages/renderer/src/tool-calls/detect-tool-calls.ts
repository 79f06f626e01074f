import { isIcrlError, type Message } from '@icrl/core'
import type { ConversationText } from '../compile-template.ts'
import { hermesJson } from './hermes-json.ts'
import { llamaJson } from './llama-json.ts'
import { plainJson, type TemplateRoles } from './plain-json.ts'
import { qwenXml } from './qwen-xml.ts'
import type { ToolCallFormat } from './tool-call-format.ts'

const TOOL = 'QZTOOLZQ'
const ARGUMENT = 'QZKEYZQ'
const SHOWN = 'QZSHOWNZQ'
const QUESTION: Message = { role: 'user', content: 'q' }
const CALL: Message = {
  role: 'assistant',
  content: [{ type: 'tool-call', name: TOOL, arguments: { [ARGUMENT]: 'v' }, id: 'QZCALLZQ1' }],
}

/**
 * The format a template writes calls in, found by letting it write one. A template that writes none
 * has the plain one; undefined if it writes them in a way that is not known here.
 */
export function detectToolCalls(render: ConversationText): ToolCallFormat | undefined {
  const text = rendered(render, [QUESTION, CALL])
  if (!text?.includes(TOOL)) return plainJson
  const call = { text, tool: TOOL, argument: ARGUMENT }
  return [qwenXml, hermesJson, llamaJson].find((format) => format.isFormatOf(call))
}

/** Which roles a template shows. */
export function rolesOf(render: ConversationText): TemplateRoles {
  const shows = (messages: readonly Message[]): boolean =>
    rendered(render, messages)?.includes(SHOWN) === true
  return {
    system: shows([{ role: 'system', content: SHOWN }, QUESTION]),
    tool: shows([
      QUESTION,
      { role: 'assistant', content: 'a' },
      { role: 'tool', content: [{ type: 'tool-result', text: SHOWN }] },
    ]),
  }
}

/** True if the template begins the assistant's turn with `<think>` and leaves it open. */
export function opensReasoning(render: ConversationText): boolean {
  const [, opening = ''] =
    rendered(render, [{ role: 'user', content: SHOWN }], true)?.split(SHOWN) ?? []
  return opening.lastIndexOf('<think>') > opening.lastIndexOf('</think>')
}

/** The text; undefined where the template refuses the conversation. */
function rendered(
  render: ConversationText,
  messages: readonly Message[],
  open = false,
): string | undefined {
  try {
    return render(messages, open)
  } catch (error) {
    if (isIcrlError(error, 'unsupported')) return undefined
    throw error
  }
}
