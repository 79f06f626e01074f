import { IcrlError, type Message, type Renderer } from '@icrl/core'
import type { ConversationText } from './compile-template.ts'
import type { ChatTokenizer } from './create-tokenizer.ts'

/**
 * Placeholders for what the assistant and the next message say, to be found again in a rendering:
 * plain letters, which no template rewrites.
 */
const SPOKEN = 'QZSPOKENZQ'
const SHOWN = 'QZSHOWNZQ'
const QUESTION: Message = { role: 'user', content: 'q' }

/**
 * The id that ends an assistant turn: the first special or stop id after what the assistant said,
 * in a conversation that ends there. Undefined if the template closes a turn without such an id.
 */
export function endOfTurn(render: ConversationText, tokenizer: ChatTokenizer): number | undefined {
  const closing = afterOnly(
    render([QUESTION, { role: 'assistant', content: SPOKEN }], false),
    SPOKEN,
  )
  return closing === undefined
    ? undefined
    : Array.from(tokenizer.encode(closing)).find(
        (id) => tokenizer.isSpecial(id) || tokenizer.stop.includes(id),
      )
}

/**
 * What a template writes after an assistant's words: the turn's closing, the observations, and the
 * opening of the next turn. It is what follows a placeholder for the words in a rendering. Earlier
 * turns are no part of it, so templates that rewrite those (drop their thinking) are no obstacle.
 */
export function turnGlue(
  render: ConversationText,
  tokenizer: ChatTokenizer,
  stop: readonly number[],
): Renderer['continue'] {
  const checked = new Set<string>()
  return (observations, finish) => {
    if (observations.length === 0)
      throw new IcrlError('chatRenderer: there is no observation to continue with.', {
        code: 'invalid-shape',
        remedy: 'Give one message or more.',
      })
    for (const { role } of observations) {
      if (checked.has(role)) continue
      checkRole(render, tokenizer, stop, role)
      checked.add(role)
    }
    const tail = after(render, [QUESTION], observations)
    const ids = tokenizer.encode(
      tail ??
        refuse(`loses the assistant's words before a message of role "${observations[0].role}".`),
    )
    return finish === 'length' ? ids : ids.slice(ids.findIndex((id) => stop.includes(id)) + 1)
  }
}

/**
 * @throws `unsupported` if what follows a turn depends on the turns before it, does not contain the
 * observation once, or does not begin with a closing that has a stop id.
 */
function checkRole(
  render: ConversationText,
  tokenizer: ChatTokenizer,
  stop: readonly number[],
  role: Message['role'],
): void {
  const shown: Message = { role, content: SHOWN }
  const tail = after(render, [QUESTION], [shown])
  const later = after(render, [QUESTION, { role: 'assistant', content: 'a' }, QUESTION], [shown])
  if (tail === undefined || later === undefined)
    return refuse(`loses or repeats the assistant's words before a message of role "${role}".`)
  if (tail !== later) return refuse(`continues a conversation differently from turn to turn.`)
  if (afterOnly(tail, SHOWN) === undefined)
    return refuse(`loses or repeats a message of role "${role}".`)
  const closing = tokenizer.encode(tail.slice(0, tail.indexOf(SHOWN)))
  if (!closing.some((id) => stop.includes(id)))
    return refuse(
      `closes an assistant turn with "${tail.slice(0, tail.indexOf(SHOWN))}", in which there is no stop id.`,
    )
}

function after(
  render: ConversationText,
  before: readonly Message[],
  observations: readonly Message[],
): string | undefined {
  return afterOnly(
    render([...before, { role: 'assistant', content: SPOKEN }, ...observations], true),
    SPOKEN,
  )
}

/** The text after the only occurrence of `mark`; undefined if there is none or more than one. */
function afterOnly(text: string, mark: string): string | undefined {
  const parts = text.split(mark)
  return parts.length === 2 ? parts[1] : undefined
}

function refuse(what: string): never {
  throw new IcrlError(`chat template: cannot continue conversations, since it ${what}`, {
    code: 'unsupported',
    remedy: 'Use it for single answers only, give stop ids, or give another template.',
  })
}
