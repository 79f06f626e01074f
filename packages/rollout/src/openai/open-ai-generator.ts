import {
  IcrlError,
  type CompletionOptions,
  type Json,
  type Message,
  type TextGenerator,
} from '@icrl/core'
import { chatMessages, chatTools } from './chat-messages.ts'
import { postWithRetries } from './post-with-retries.ts'
import { readCompletion } from './read-completion.ts'

/** Options of {@link openAiGenerator}. */
export interface OpenAiGeneratorOptions {
  /**
   * The address up to the version, as for other clients of this protocol:
   * `https://api.openai.com/v1`, `http://127.0.0.1:8200/v1`.
   */
  readonly baseUrl: string
  /** Name of the model, as the endpoint knows it. */
  readonly model: string
  /** Sent as a bearer token; never part of an error. */
  readonly apiKey?: string
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Further fields of every request, such as `{ top_k: 0, min_p: 0 }` for a server whose own
   * defaults filter.
   */
  readonly body?: Readonly<Record<string, Json>>
  /** Name of the field that limits tokens; default: `max_tokens`. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Milliseconds that one try may take, until its whole answer is read; default: 120,000. */
  readonly timeoutMs?: number
  /**
   * Further tries after a 408, 409, 425, 429, 5xx, a lost connection, a time-out or an answer that
   * is no completion; default: 4.
   */
  readonly retries?: number
  /**
   * Milliseconds before the first further try, doubled for each one after it, give or take a
   * quarter; default: 500. A server's `Retry-After` takes precedence. No wait is longer than a
   * minute.
   */
  readonly retryDelayMs?: number
  /** For tests and proxies; default: the global `fetch`. */
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
  const {
    baseUrl,
    apiKey,
    headers = {},
    fetch = globalThis.fetch,
    timeoutMs = 120_000,
    retries = 4,
    retryDelayMs = 500,
  } = options
  const url = `${baseUrl.replace(/\/+$/, '')}/chat/completions`
  const allHeaders = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...headers,
  }
  return {
    complete: (messages, completionOptions = {}) =>
      postWithRetries({
        url,
        headers: allHeaders,
        body: JSON.stringify(requestBody(options, messages, completionOptions)),
        fetch,
        timeoutMs,
        retries,
        retryDelayMs,
        signal: completionOptions.signal,
        read: readCompletion,
      }),
  }
}

function requestBody(
  { model, body, maxTokensField = 'max_tokens' }: OpenAiGeneratorOptions,
  messages: readonly Message[],
  { maxTokens, temperature, topP, stop, seed, tools = [] }: CompletionOptions,
): Record<string, unknown> {
  return {
    ...body,
    model,
    messages: chatMessages(messages),
    ...(tools.length > 0 && { tools: chatTools(tools) }),
    [maxTokensField]: maxTokens,
    temperature,
    top_p: topP,
    stop,
    seed,
    stream: false,
  }
}

function checkOptions({
  baseUrl,
  model,
  timeoutMs = 1,
  retries = 0,
  retryDelayMs = 0,
}: OpenAiGeneratorOptions): void {
  const refuse = (what: string, remedy: string): never => {
    throw new IcrlError(`openAiGenerator: ${what}`, { code: 'invalid-option', remedy })
  }
  if (!/^https?:\/\/[^/]/.test(baseUrl))
    refuse(
      `baseUrl is "${baseUrl}".`,
      'Give an http or https address, such as http://127.0.0.1:8200/v1.',
    )
  if (model === '') refuse('model is empty.', "Give the model's name as the endpoint knows it.")
  if (!(timeoutMs > 0 && timeoutMs <= 0x7fff_ffff))
    refuse(`timeoutMs is ${timeoutMs}.`, 'Use milliseconds above 0.')
  if (!Number.isInteger(retries) || retries < 0)
    refuse(`retries is ${retries}.`, 'Use an integer of 0 or more.')
  if (!(retryDelayMs >= 0 && retryDelayMs < Infinity))
    refuse(`retryDelayMs is ${retryDelayMs}.`, 'Use milliseconds of 0 or more.')
}
