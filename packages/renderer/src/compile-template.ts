import { Template } from '@huggingface/jinja'
import { IcrlError, type Json, type Message, type Tool } from '@icrl/core'
import { templateMessages, templateTools } from './template-messages.ts'

/**
 * Turns messages into the text of a conversation. If `open`, it ends with the opening of the
 * assistant's next turn. Without tools the template is given none.
 */
export type ConversationText = (
  messages: readonly Message[],
  open: boolean,
  tools?: readonly Tool[],
) => string

/**
 * A chat template, ready to render. It is given `variables` besides `messages` and
 * `add_generation_prompt`, and `tools` if there are any.
 *
 * The clock is hidden from templates (`strftime_now` is undefined): prompts must not change with
 * the calendar. Those that want a date take a variable, usually `date_string`.
 *
 * @throws `corrupt-file` if the template does not parse; when rendering, `unsupported` with what
 * the template raised, and `invalid-shape` for a part that does not belong to a message's role.
 */
export function compileTemplate(
  source: string,
  variables: Readonly<Record<string, Json>>,
): ConversationText {
  const template = parsed(source)
  return (messages, open, tools = []) => {
    const conversation = {
      messages: messages.flatMap(templateMessages),
      add_generation_prompt: open,
      ...(tools.length > 0 && { tools: templateTools(tools) }),
    }
    try {
      return template.render({ ...variables, ...conversation })
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

function parsed(source: string): Template {
  // The template engine drops a newline right after a block. The empty expression keeps one at the
  // template's start.
  const hidden = source.includes('strftime_now')
    ? `{% set strftime_now = undefined_clock %}{{ '' }}${source}`
    : source
  try {
    return new Template(hidden)
  } catch (cause) {
    throw new IcrlError(
      `chat template does not parse: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { code: 'corrupt-file', remedy: 'Fix the template, or give another one.', cause },
    )
  }
}
