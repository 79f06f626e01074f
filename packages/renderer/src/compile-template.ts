import { IcrlError, type Json, type Message, type Tool } from '@icrl/core'
import type { FormatDate } from './format-date.ts'
import { textArgument } from './jinja/arguments.ts'
import type { Statement } from './jinja/nodes.ts'
import { parseTemplate } from './jinja/parse-template.ts'
import { renderTemplate } from './jinja/render-template.ts'
import { fromJson, type Value } from './jinja/value.ts'
import { templateMessages, templateTools } from './template-messages.ts'

/**
 * Turns messages into the text of a conversation. If `open`, it ends with the opening of the
 * assistant's next turn.
 */
export type ConversationText = (
  messages: readonly Message[],
  open: boolean,
  tools?: readonly Tool[],
) => string

/**
 * A chat template, ready to render. It is given `variables` besides what transformers gives it:
 * `messages`, `add_generation_prompt`, `tools` and `documents`, the last two `None` where there are
 * none.
 *
 * The clock is hidden from templates: prompts must not change with the calendar. With a `date`,
 * `strftime_now` writes that one; otherwise it is undefined.
 *
 * @throws `corrupt-file` if the template does not parse; when rendering, `unsupported` with what
 * the template raised, and `invalid-shape` for a part that does not belong to a message's role.
 */
export function compileTemplate(
  source: string,
  variables: Readonly<Record<string, Json>>,
  date?: FormatDate,
): ConversationText {
  const template = parsed(source)
  const given: (readonly [string, Value])[] = [
    ['tools', null],
    ['documents', null],
    ...Object.entries(variables).map(([name, value]) => [name, fromJson(value)] as const),
  ]
  if (date) given.push(['strftime_now', ([format]) => date(textArgument(format))])
  return (messages, open, tools = []) => {
    const conversation: (readonly [string, Value])[] = [
      ['messages', fromJson(messages.flatMap(templateMessages))],
      ['add_generation_prompt', open],
    ]
    if (tools.length > 0) conversation.push(['tools', fromJson(templateTools(tools))])
    try {
      return renderTemplate(template, [...given, ...conversation])
    } catch (cause) {
      throw new IcrlError(
        `chat template, conversation of ${messages.map(({ role }) => role).join(', ') || 'nobody'}: ${cause instanceof Error ? cause.message : String(cause)}.`,
        {
          code: 'unsupported',
          remedy:
            'Use roles and an order of messages the template takes, or give another template or its variables.',
          cause,
        },
      )
    }
  }
}

function parsed(source: string): readonly Statement[] {
  try {
    return parseTemplate(source)
  } catch (cause) {
    // The parser reads past the end where a statement is left open, and fails with a TypeError.
    const what =
      cause instanceof TypeError
        ? 'it ends inside a for, if or macro; its closing statement is missing'
        : cause instanceof Error
          ? cause.message
          : String(cause)
    throw new IcrlError(`chat template does not parse: ${what}.`, {
      code: 'corrupt-file',
      remedy: 'Fix the template, or give another one.',
      cause,
    })
  }
}
