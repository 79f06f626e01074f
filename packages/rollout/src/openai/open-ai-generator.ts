import {
  IcrlError,
  type CompletionOptions,
  type Json,
  type Message,
  type TextGenerator,
} from '@icrl/core'
import { chatMessages, chatTools } from './chat-messages.ts'
import { endpointAddress } from './endpoint-address.ts'
import type { ErrorBody } from './error-body.ts'
import { patientFetch } from './patient-fetch.ts'
import { postWithRetries, type PostTarget } from './post-with-retries.ts'
import { readCompletion } from './read-completion.ts'
import { redactor } from './redact.ts'
import { refusedField } from './refusal.ts'

/** Options of {@link openAiGenerator}. */
export interface OpenAiGeneratorOptions {
  /**
   * The address up to the version, as for other clients of this protocol:
   * `https://api.openai.com/v1`, `http://127.0.0.1:8200/v1`. It may have a query, as Azure's has
   * (`…/deployments/small?api-version=2024-10-21`), and a user and password.
   */
  readonly baseUrl: string
  /** Name of the model, as the endpoint knows it. */
  readonly model: string
  /** Sent as a bearer token; never part of an error. @defaultValue none is sent */
  readonly apiKey?: string
  /** Further headers; their values are never part of an error. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Further fields of every request, such as `{ top_k: 0, min_p: 0 }` for a server whose own
   * defaults filter.
   *
   * @defaultValue none
   */
  readonly body?: Readonly<Record<string, Json>>
  /**
   * Name of the field that limits tokens.
   *
   * @defaultValue `max_tokens`, and `max_completion_tokens` once the endpoint has refused that
   */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /**
   * Fields that a model does not take and that are left out: `['temperature', 'top_p', 'seed']`. It
   * then samples by its own values.
   *
   * @defaultValue none
   */
  readonly omit?: readonly string[]
  /**
   * Milliseconds that one try may take, until its whole answer is read. Node's own limit of 300 s
   * does not apply.
   *
   * @defaultValue 120,000
   */
  readonly timeoutMs?: number
  /**
   * Further tries after a 408, 409, 425, 429, 5xx, a lost connection, a time-out or an answer that
   * is no completion. None begins later than `(retries + 1) · timeoutMs` after the first.
   *
   * @defaultValue 4
   */
  readonly retries?: number
  /**
   * Milliseconds before the first further try, doubled for each one after it, give or take a
   * quarter. A server's `Retry-After` takes precedence. No wait is longer than a minute.
   *
   * @defaultValue 500
   */
  readonly retryDelayMs?: number
  /** For tests and other proxies than the process's own. @defaultValue the global `fetch` */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * A `TextGenerator` over `POST {baseUrl}/chat/completions`, as OpenAI, llama.cpp, vLLM, SGLang,
 * Ollama and others speak it: a critic that is not trained, or a model to evaluate.
 *
 * @throws `invalid-option` for options that make no sense. Completing throws `invalid-option` if
 * the endpoint refuses the key, the path or the model (401, 403, 404), `context-exceeded` for a
 * prompt that is too long, `timeout`, `aborted` (or the signal's own error), and `unavailable` for
 * anything else. What may pass is thrown after the retries.
 * @example
 * import { openAiGenerator } from '@icrl/rollout/openai'
 * const critic = openAiGenerator({
 *   baseUrl: 'http://127.0.0.1:8200/v1',
 *   model: 'SmolLM2-135M-Instruct',
 *   body: { top_k: 0, min_p: 0 },
 * })
 * const { text } = await critic.complete([{ role: 'user', content: 'Say hello.' }], {
 *   maxTokens: 16,
 *   temperature: 1,
 * })
 */
export function openAiGenerator(options: OpenAiGeneratorOptions): TextGenerator {
  checkOptions(options)
  const { fetch = patientFetch, timeoutMs = 120_000, retries = 4, retryDelayMs = 500 } = options
  const target = targetOf(options)
  const limit = tokenLimit(options.maxTokensField)
  return {
    async complete(messages, completionOptions = {}) {
      checkMaxTokens(completionOptions.maxTokens)
      return postWithRetries({
        ...target,
        body: () => requestBody(options, limit.field(), messages, completionOptions),
        adapts: limit.adapts,
        fetch,
        timeoutMs,
        retries,
        retryDelayMs,
        signal: completionOptions.signal,
        read: readCompletion,
      })
    },
  }
}

function targetOf({ baseUrl, apiKey, headers = {} }: OpenAiGeneratorOptions): PostTarget {
  const address = endpointAddress(baseUrl, 'openAiGenerator')
  const authorization = apiKey === undefined ? address.authorization : `Bearer ${apiKey.trim()}`
  const all = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(authorization && { authorization }),
    ...headers,
  }
  const secrets = [...address.secrets, ...Object.values(headers)]
  const redact = redactor(authorization ? [authorization, ...secrets] : secrets)
  return { address, path: '/chat/completions', headers: all, redact }
}

interface TokenLimit {
  field(): string
  /** Turns to the newer name after a refusal of the older one. */
  adapts(said: ErrorBody): boolean
}

/** Models of OpenAI since o1 refuse `max_tokens`; most other servers know no other name. */
function tokenLimit(given: OpenAiGeneratorOptions['maxTokensField']): TokenLimit {
  let field: string = given ?? 'max_tokens'
  return {
    field: () => field,
    adapts({ words }) {
      const renamed =
        given === undefined &&
        field === 'max_tokens' &&
        words.includes('max_completion_tokens') &&
        refusedField(words, ['max_tokens']) !== undefined
      if (renamed) field = 'max_completion_tokens'
      return renamed
    },
  }
}

function requestBody(
  { model, body, omit = [] }: OpenAiGeneratorOptions,
  limitField: string,
  messages: readonly Message[],
  { maxTokens, temperature, topP, stop, seed, tools = [] }: CompletionOptions,
): Record<string, unknown> {
  const optional = { [limitField]: maxTokens, temperature, top_p: topP, stop, seed, stream: false }
  return {
    ...body,
    model,
    messages: chatMessages(messages),
    ...(tools.length > 0 && { tools: chatTools(tools) }),
    ...Object.fromEntries(
      Object.entries(optional).filter(
        ([field, value]) => value !== undefined && !omit.includes(field),
      ),
    ),
  }
}

function checkMaxTokens(maxTokens: number | undefined): void {
  if (maxTokens === undefined || (Number.isInteger(maxTokens) && maxTokens >= 1)) return
  throw new IcrlError(`openAiGenerator: maxTokens is ${maxTokens}.`, {
    code: 'invalid-option',
    remedy: 'Allow 1 token or more.',
  })
}

function checkOptions({
  model,
  apiKey,
  headers = {},
  omit = [],
  timeoutMs = 1,
  retries = 0,
  retryDelayMs = 0,
}: OpenAiGeneratorOptions): void {
  const refuse = (what: string, remedy: string): never => {
    throw new IcrlError(`openAiGenerator: ${what}`, { code: 'invalid-option', remedy })
  }
  if (model === '') refuse('model is empty.', "Give the model's name as the endpoint knows it.")
  if (apiKey !== undefined && !isHeader('authorization', `Bearer ${apiKey.trim() || '\n'}`))
    refuse(
      'apiKey is empty, or has a line break or another character that no key has.',
      'Give one key, on one line.',
    )
  for (const [name, value] of Object.entries(headers))
    if (!isHeader(name, value))
      refuse(`headers has "${name}", which is no header.`, 'Give values of one line, in Latin-1.')
  for (const field of omit)
    if (field === 'model' || field === 'messages')
      refuse(`omit has "${field}".`, 'Every request needs it.')
  if (!(timeoutMs > 0 && timeoutMs <= 0x7fff_ffff))
    refuse(`timeoutMs is ${timeoutMs}.`, 'Use milliseconds above 0.')
  if (!Number.isInteger(retries) || retries < 0)
    refuse(`retries is ${retries}.`, 'Use an integer of 0 or more.')
  if (!(retryDelayMs >= 0 && retryDelayMs < Infinity))
    refuse(`retryDelayMs is ${retryDelayMs}.`, 'Use milliseconds of 0 or more.')
}

function isHeader(name: string, value: string): boolean {
  try {
    return new Headers({ [name]: value }).has(name)
  } catch {
    // The error quotes the value, which may be a key.
    return false
  }
}
