import { inspect } from 'node:util'
import { isIcrlError, type IcrlError } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answeringServers, json } from '../../test/answering-servers.ts'
import { endpointAddress, openAiGenerator, type OpenAiGeneratorOptions } from './index.ts'

const { server, closeNewest } = answeringServers()

const ask = [{ role: 'user', content: 'Say hi.' }] as const
const saying = (message: object, finish: unknown = 'stop'): object => ({
  choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', ...message } }],
})
const HELLO = json(200, saying({ content: 'Hello.' }))

const generator = (baseUrl: string, options: Partial<OpenAiGeneratorOptions> = {}) =>
  openAiGenerator({ baseUrl, model: 'small', retryDelayMs: 1, ...options })

async function failure(
  baseUrl: string,
  options: Partial<OpenAiGeneratorOptions> = {},
): Promise<IcrlError> {
  try {
    await generator(baseUrl, options).complete(ask, { maxTokens: 8, temperature: 0.6, seed: 1 })
  } catch (error) {
    if (isIcrlError(error)) return error
    throw error
  }
  throw new Error('It answered.')
}

describe('errors in every shape', () => {
  const MESSAGE =
    'The input token count (5000) exceeds the maximum number of tokens allowed (4096).'
  it.each([
    ['Gemini: in a list', 400, [{ error: { code: 400, message: MESSAGE } }]],
    ['an error in words', 422, { error: MESSAGE }],
    ['a message', 400, { object: 'error', message: MESSAGE }],
    ['FastAPI', 400, { detail: [{ loc: ['body'], msg: MESSAGE, type: 'value_error' }] }],
    [
      'OpenRouter: of the provider behind it',
      400,
      {
        error: {
          message: 'Provider returned error',
          code: 400,
          metadata: { raw: JSON.stringify({ error: { message: MESSAGE } }) },
        },
      },
    ],
    ['with status 200', 200, { error: { message: MESSAGE, code: 400 } }],
    [
      'a gateway that passes it on as its own fault',
      503,
      { error: { message: `litellm: ${MESSAGE}` } },
    ],
  ])('tells that the context is exceeded, once: %s', async (_, status, body) => {
    const { baseUrl, seen } = await server(json(status, body))
    const error = await failure(baseUrl)
    expect([error.code, seen.length]).toEqual(['context-exceeded', 1])
    expect(error.message).toContain('The input token count (5000) exceeds')
  })

  it('does not take the words of a repeated prompt for its own', async () => {
    const { baseUrl } = await server(
      json(422, { detail: [{ msg: 'Field required', input: 'prompt is too long' }] }),
    )
    expect(await failure(baseUrl)).toMatchObject({ code: 'unavailable' })
  })

  it('tries again after a fault in a choice, or an answer that a fault cut off', async () => {
    const { baseUrl, seen } = await server(
      json(200, { choices: [{ error: { message: 'upstream died', code: 502 }, message: {} }] }),
      json(200, saying({ content: 'Hel' }, 'error')),
      json(200, saying({ content: 'He' }, 'insufficient_system_resource')),
      HELLO,
    )
    expect((await generator(baseUrl).complete(ask)).text).toBe('Hello.')
    expect(seen).toHaveLength(4)
  })

  it('does not try again where the account is empty', async () => {
    const quota = { message: 'You exceeded your current quota.', code: 'insufficient_quota' }
    const { baseUrl, seen } = await server(json(429, { error: quota }))
    expect((await failure(baseUrl)).message).toMatch(/quota.*billing/)
    expect(seen).toHaveLength(1)
  })
})

describe('answers in every shape', () => {
  const thought = { type: 'reasoning', text: 'Hm.' }
  it.each<[string, object, unknown, object]>([
    ['null content', { content: null }, 'stop', { text: '' }],
    ['no content', {}, 'end_turn', { text: '' }],
    [
      'null content after reasoning',
      { content: null, reasoning_content: 'Hm.' },
      'stop',
      { text: '', parts: [thought] },
    ],
    [
      'reasoning under another name',
      { content: 'Yes', reasoning: 'Hm.', reasoning_content: null },
      'stop',
      { text: 'Yes', parts: [thought, { type: 'text', text: 'Yes' }] },
    ],
    [
      'reasoning among the content',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
          { type: 'text', text: 'Yes' },
        ],
      },
      'stop',
      { text: 'Yes', parts: [thought, { type: 'text', text: 'Yes' }] },
    ],
    ['a refusal', { content: null, refusal: 'I will not.' }, 'stop', { text: 'I will not.' }],
    ['a cut-off answer', { content: 'cut' }, 'max_tokens', { text: 'cut', finish: 'length' }],
    [
      'one cut off by the context',
      { content: null },
      'model_context_window_exceeded',
      { text: '', finish: 'length' },
    ],
    ['no reason', { content: 'x' }, null, { text: 'x' }],
  ])('reads %s', async (_, message, finish, expected) => {
    const { baseUrl, seen } = await server(json(200, saying(message, finish)))
    expect(await generator(baseUrl).complete(ask)).toEqual({ finish: 'stop', ...expected })
    expect(seen).toHaveLength(1)
  })

  it.each<[string, object, unknown]>([
    ['filtered away', { content: null }, 'SAFETY'],
    ['neither text nor a reason to end', { content: null }, null],
    ['content that is no text', { content: { answer: 4 } }, 'stop'],
  ])('tries again after %s', async (_, message, finish) => {
    const { baseUrl, seen } = await server(json(200, saying(message, finish)), HELLO)
    expect((await generator(baseUrl).complete(ask)).text).toBe('Hello.')
    expect(seen).toHaveLength(2)
  })
})

describe('fields that a model does not take', () => {
  const RENAMED = json(400, {
    error: {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    },
  })

  it('turns to max_completion_tokens where max_tokens is refused, for good', async () => {
    const { baseUrl, seen } = await server(RENAMED, HELLO)
    const { complete } = generator(baseUrl, { retries: 0 })
    await complete(ask, { maxTokens: 5 })
    await complete(ask, { maxTokens: 6 })
    const limits = seen.map(({ body }) => [body.max_tokens, body.max_completion_tokens])
    expect(limits).toEqual([
      [5, undefined],
      [undefined, 5],
      [undefined, 6],
    ])
  })

  it('keeps to the name it is given', async () => {
    const { baseUrl, seen } = await server(RENAMED)
    const error = await failure(baseUrl, { maxTokensField: 'max_tokens' })
    expect(error.remedy).toContain("omit: ['max_tokens']")
    expect(seen).toHaveLength(1)
  })

  it.each([
    [
      400,
      {
        error: {
          message: "Unsupported value: 'temperature' does not support 0.6 with this model.",
        },
      },
      'temperature',
    ],
    [
      422,
      {
        detail: [
          { type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' },
        ],
      },
      'seed',
    ],
  ])('says which one to leave out: %i %j', async (status, body, field) => {
    const { baseUrl } = await server(json(status, body))
    expect((await failure(baseUrl)).remedy).toBe(
      `Leave the field out: omit: ['${field}'], on the command line --omit ${field}.`,
    )
  })

  it('leaves out what it is told to, and nothing that a request needs', async () => {
    const { baseUrl, seen } = await server(HELLO)
    const omit = ['max_tokens', 'temperature', 'seed', 'stream']
    await generator(baseUrl, { omit }).complete(ask, { maxTokens: 5, temperature: 1, seed: 2 })
    expect(seen[0].body).toEqual({ model: 'small', messages: ask })
    expect(() => generator(baseUrl, { omit: ['messages'] })).toThrow('Every request needs it')
  })

  it('refuses a limit below 1 itself, so that such words of a server are about the prompt', async () => {
    const { baseUrl, seen } = await server(HELLO)
    const answer = generator(baseUrl).complete(ask, { maxTokens: 0 })
    await expect(answer).rejects.toThrow('maxTokens is 0')
    expect(seen).toHaveLength(0)
  })
})

describe('addresses', () => {
  it('keeps a query behind the path, and sends user and password as a header', async () => {
    const { baseUrl, seen } = await server(HELLO)
    const [host] = baseUrl.split('//').slice(1)
    await generator(`http://me:pass%20word@${host}/?api-version=2024-10-21`).complete(ask)
    expect(seen[0].url).toBe('/v1/chat/completions?api-version=2024-10-21')
    expect(seen[0].headers.authorization).toBe(`Basic ${btoa('me:pass word')}`)
  })

  it('prefers a key', async () => {
    const { baseUrl, seen } = await server(HELLO)
    await generator(baseUrl.replace('//', '//me:word@'), { apiKey: 'key-1\n' }).complete(ask)
    expect(seen[0].headers.authorization).toBe('Bearer key-1')
  })

  it.each(['', 'http://', 'localhost:8200', 'http://me:SECRET@'])('refuses "%s"', (address) => {
    expect(() => endpointAddress(address)).toThrow(
      expect.toSatisfy(
        (error) => isIcrlError(error, 'invalid-option') && !/SECRET/.test(inspect(error)),
      ),
    )
  })
})

describe('secrets', () => {
  it.each<Partial<OpenAiGeneratorOptions>>([
    { apiKey: 'sk-SECRET\nsk-OTHER' },
    { apiKey: 'sk-SECRET—2' },
    { headers: { 'x-key': 'SECRET\nSECRET' } },
    { headers: { 'x key': 'SECRET' } },
  ])('are in no refusal of options: %j', (options) => {
    let error: unknown
    try {
      generator('http://localhost/v1', options)
    } catch (thrown) {
      error = thrown
    }
    expect(isIcrlError(error, 'invalid-option')).toBe(true)
    expect(inspect(error)).not.toContain('SECRET')
  })

  const secret: Partial<OpenAiGeneratorOptions> = {
    apiKey: 'sk-SECRET-1',
    headers: { 'x-api-key': 'SECRET-2', 'x-team': 'a' },
    retries: 1,
  }
  const inAddress = (baseUrl: string): string =>
    `${baseUrl.replace('//', '//user:SECRET-3@')}?key=SECRET-4`

  it.each([400, 401, 429, 500])(
    'are in no error of an endpoint that repeats them: %i',
    async (status) => {
      const echo = 'You sent sk-SECRET-1, SECRET-2, SECRET-3 and SECRET-4'
      const { baseUrl } = await server(json(status, { error: { message: echo } }))
      const error = await failure(inAddress(baseUrl), secret)
      expect(inspect(error, { depth: 9 })).not.toContain('SECRET')
      expect(error.message).toContain('You sent [hidden], [hidden]')
      expect(error.message).toContain(`${baseUrl}/chat/completions answered`)
    },
  )

  it('are in no error where nobody listens, nor in its causes', async () => {
    const { baseUrl } = await server(HELLO)
    await closeNewest()
    const error = await failure(inAddress(baseUrl), secret)
    expect(error.message).toContain('ECONNREFUSED')
    expect(inspect(error, { depth: 9 })).not.toContain('SECRET')
    const thrown = Object.assign(new TypeError('bad sk-SECRET-1'), {
      cause: Object.assign(new Error('no address'), { input: 'http://x?key=SECRET-4' }),
    })
    const other = await failure(inAddress(baseUrl), {
      ...secret,
      fetch: () => Promise.reject(thrown),
    })
    expect(inspect(other, { depth: 9 })).not.toContain('SECRET')
  })
})

describe('time', () => {
  it("outlasts the time limits of Node's fetch", async () => {
    const { baseUrl } = await server(HELLO)
    await generator(baseUrl).complete(ask)
    const name = Symbol.for('undici.globalDispatcher.1')
    const processes = globalThis as unknown as Record<
      symbol,
      { dispatch(options: { headersTimeout?: number }, handler: object): boolean }
    >
    const real = processes[name]
    const limits: unknown[] = []
    processes[name] = {
      dispatch(options, handler) {
        limits.push(options.headersTimeout)
        // As after 300 s, in a second: undici counts in whole ones.
        return real.dispatch({ headersTimeout: 1000, ...options }, handler)
      },
    }
    try {
      let answer: () => void = () => undefined
      const late = await server((response) => (answer = () => HELLO(response)))
      const waiting = generator(late.baseUrl, { timeoutMs: 60_000, retries: 0 }).complete(ask)
      const silent = await server(() => undefined)
      await expect(fetch(silent.baseUrl, { method: 'POST', body: '{}' })).rejects.toMatchObject({
        cause: { code: 'UND_ERR_HEADERS_TIMEOUT' },
      })
      answer()
      expect((await waiting).text).toBe('Hello.')
      expect(limits).toEqual([0, undefined])
    } finally {
      processes[name] = real
    }
  })

  describe('with a clock', () => {
    beforeEach(() => void vi.useFakeTimers({ now: 0 }))
    afterEach(() => void vi.useRealTimers())

    const triesAt = async (timeoutMs: number, response: () => Response): Promise<number[]> => {
      const at: number[] = []
      const fetch = async (): Promise<Response> => (at.push(Date.now()), response())
      const failed = failure('http://server/v1', { retries: 9, timeoutMs, fetch })
      await vi.runAllTimersAsync()
      expect((await failed).message).toContain(`(after ${at.length} tries)`)
      return at
    }

    it('ends the tries when their time is up, however long the server asks to wait', async () => {
      const busy = (): Response =>
        new Response('{}', { status: 429, headers: { 'retry-after': '3600' } })
      expect(await triesAt(13_000, busy)).toEqual([0, 60_000, 120_000])
    })

    it('waits as long as the body says, where no header does', async () => {
      const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }]
      const busy = (): Response =>
        Response.json({ error: { code: 429, message: 'busy', details } }, { status: 429 })
      expect((await triesAt(10_000, busy)).slice(0, 3)).toEqual([0, 34_000, 68_000])
    })
  })
})
