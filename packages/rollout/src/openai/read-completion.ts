import { IcrlError, type Completion } from '@icrl/core'

interface Answer {
  readonly choices?: readonly {
    readonly finish_reason?: unknown
    readonly message?: { readonly content?: unknown }
  }[]
  readonly usage?: { readonly completion_tokens?: unknown } | null
}

/**
 * Reads the completion in the body of an answer with status 200.
 *
 * @throws `unavailable` if there is none: some gateways send errors with status 200, and some
 * connections end early.
 */
export function readCompletion(text: string): Completion {
  const answer = parse(text)
  const choice = Array.isArray(answer?.choices) ? answer.choices[0] : undefined
  if (!choice) throw noCompletion(`has no choice: ${text.slice(0, 300)}`)
  const finish =
    choice.finish_reason === 'length'
      ? 'length'
      : choice.finish_reason === 'abort'
        ? 'aborted'
        : 'stop'
  const content = textOf(choice.message?.content)
  // If the endpoint sends thinking in a field of its own, a model may be cut off before its answer.
  if (content === undefined && finish !== 'length')
    throw noCompletion(`has no text (finish_reason ${JSON.stringify(choice.finish_reason)})`)
  const tokens = answer?.usage?.completion_tokens
  return { text: content ?? '', finish, ...(typeof tokens === 'number' ? { tokens } : {}) }
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer
  } catch (cause) {
    throw noCompletion(`is not JSON: ${text.slice(0, 300)}`, cause)
  }
}

/** The text itself, or the text parts of a list of parts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  return content.flatMap((part) => (typeof part?.text === 'string' ? [part.text] : [])).join('')
}

function noCompletion(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`the answer ${what}.`, {
    code: 'unavailable',
    remedy: 'Check that the endpoint speaks chat completions.',
    cause,
  })
}
