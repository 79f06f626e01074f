/** What the body of an error says. */
export interface ErrorBody {
  /** The error in words, at most 300 characters; the body itself where it has another shape. */
  readonly message: string
  /** Everything it says: messages, codes and types, also those of a provider behind a gateway. */
  readonly words: string
  /** A status that the body gives instead of the header. */
  readonly status?: number
  /** Milliseconds to wait before another try. */
  readonly waitMs?: number
}

/** Fields that say what went wrong. Others may repeat the prompt, which says anything. */
const TELLING =
  /^(?:errors?|message|msg|detail|details|reason|code|type|status|status_msg|error_message|error_type|base_resp|metadata|raw|param|loc|retryDelay|@type)$/i

const LONGEST = 4000

/**
 * Reads `{"error":{"message"}}`, `{"error":"…"}`, `{"message"}`, `{"detail":…}`, lists of such
 * (Gemini), FastAPI's lists of mistakes, and errors as JSON text inside an error (OpenRouter).
 */
export function readErrorBody(text: string): ErrorBody {
  const value = parsed(text)
  if (value === undefined) return { message: shortened(text), words: text.slice(0, LONGEST) }
  const said: Said[] = []
  collect(value, '', said)
  const messages = said.filter(({ field }) =>
    /^(?:message|msg|error|detail|status_msg)$/i.test(field),
  )
  const raw = said.find(({ field }) => field === 'raw')
  const message = [...new Set([messages[0]?.text, raw && messageIn(raw.text)])].filter(Boolean)
  const code = said.find(({ field }) => field === 'code')
  const status = Number(code?.text)
  const delay = said.find(({ field }) => field === 'retryDelay')
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay?.text ?? '')?.[1]
  return {
    message: shortened(message.length > 0 ? message.join(': ') : text),
    words: said
      .map(({ text: words }) => words)
      .join('\n')
      .slice(0, LONGEST),
    ...(status >= 400 && status < 600 && { status }),
    ...(seconds !== undefined && { waitMs: Number(seconds) * 1000 }),
  }
}

/** The error in the body of an answer with status 200, as some gateways send them. */
export function errorIn(text: string): ErrorBody | undefined {
  const value = parsed(text) as
    | {
        readonly error?: unknown
        readonly choices?: readonly { readonly error?: unknown }[] | null
      }
    | undefined
  const error =
    value?.error ?? (Array.isArray(value?.choices) ? value.choices[0]?.error : undefined)
  return error ? readErrorBody(JSON.stringify({ error })) : undefined
}

interface Said {
  readonly field: string
  readonly text: string
}

function collect(value: unknown, field: string, said: Said[]): void {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value)
    said.push({ field, text })
    const inner = /^\s*[[{]/.test(text) ? parsed(text) : undefined
    if (inner !== undefined) collect(inner, 'inner', said)
  } else if (Array.isArray(value)) for (const entry of value) collect(entry, field, said)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value))
      if (TELLING.test(name)) collect(inner, name, said)
}

/** What a provider behind a gateway said, of its answer as text. */
function messageIn(raw: string): string {
  return parsed(raw) === undefined ? raw : readErrorBody(raw).message
}

function parsed(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function shortened(words: string): string {
  return words.length > 300 ? `${words.slice(0, 300)}…` : words.replace(/\.$/, '')
}
