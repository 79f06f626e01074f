import type { ServerResponse } from 'node:http'
import { isIcrlError, type ErrorCode, type QuestionTask } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answeringServers, json, type Answer } from '../../test/answering-servers.ts'
import { arithmetic, bindings, tasks } from '../../test/arithmetic.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import { runSessions, solveOnce } from '../index.ts'
import { openAiGenerator, type OpenAiGeneratorOptions } from './index.ts'

/** As llama.cpp's server answers. */
const completion = (content: string, finish = 'stop'): object => ({
  choices: [{ finish_reason: finish, index: 0, message: { role: 'assistant', content } }],
  created: 1795251397,
  model: 'SmolLM2-135M-Instruct.Q4_1',
  object: 'chat.completion',
  usage: {
    completion_tokens: 8,
    prompt_tokens: 33,
    total_tokens: 41,
    prompt_tokens_details: { cached_tokens: 0 },
  },
  id: 'chatcmpl-QL7mXSrxrZfImT3MvgOMGOPAtGAR99uD',
  timings: { cache_n: 0, predicted_n: 8 },
})
const TOO_LONG = {
  error: {
    code: 400,
    message:
      'request (631 tokens) exceeds the available context size (256 tokens), try increasing it',
    type: 'exceed_context_size_error',
    n_prompt_tokens: 631,
    n_ctx: 256,
  },
}
const BAD = {
  error: {
    code: 400,
    message: "Expected 'messages' to be an array",
    type: 'invalid_request_error',
  },
}

const { server, closeNewest } = answeringServers()

/** Lets everything go on that needs no clock, until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

const generator = (baseUrl: string, options: Partial<OpenAiGeneratorOptions> = {}) =>
  openAiGenerator({ baseUrl, model: 'small', retryDelayMs: 1, ...options })
const ask = [{ role: 'user', content: 'Say hi.' }] as const

async function failure(
  baseUrl: string,
  options: Partial<OpenAiGeneratorOptions> = {},
  signal?: AbortSignal,
): Promise<Error & { code: ErrorCode }> {
  const error = await generator(baseUrl, options)
    .complete(ask, { signal })
    .catch((caught: unknown) => caught)
  if (!isIcrlError(error)) throw error
  return error
}

describe('openAiGenerator', () => {
  it('asks and reads as the protocol says', async () => {
    const { baseUrl, seen } = await server(json(200, completion('Hello.')))
    const complete = generator(`${baseUrl}/`, {
      apiKey: 'key-1',
      headers: { 'x-team': 'a' },
      body: { top_k: 0 },
    }).complete
    const answer = await complete([{ role: 'system', content: 'Be kind.' }, ...ask], {
      maxTokens: 8,
      temperature: 0.5,
      topP: 1,
      stop: ['.'],
      seed: 3,
    })
    expect(answer).toEqual({ text: 'Hello.', finish: 'stop', tokens: 8 })
    expect(seen[0].url).toBe('/v1/chat/completions')
    expect(seen[0].headers).toMatchObject({
      authorization: 'Bearer key-1',
      'x-team': 'a',
      'content-type': 'application/json',
    })
    expect(seen[0].body).toEqual({
      model: 'small',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Say hi.' },
      ],
      max_tokens: 8,
      temperature: 0.5,
      top_p: 1,
      stop: ['.'],
      seed: 3,
      top_k: 0,
      stream: false,
    })
  })

  it('sends tools, calls and results, and reads calls and reasoning', async () => {
    const message = {
      content: null,
      reasoning_content: 'I look.',
      tool_calls: [
        { id: 'x1', type: 'function', function: { name: 'look', arguments: '{"at":"box"}' } },
        { type: 'function', function: { name: 'touch', arguments: '' } },
        { type: 'function', function: { name: 'touch', arguments: '{"at":' } },
      ],
    }
    const { baseUrl, seen } = await server(
      json(200, { choices: [{ message, finish_reason: 'tool_calls' }] }),
    )
    const answer = await generator(baseUrl).complete(
      [
        ...ask,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'text', text: 'So:' },
            { type: 'tool-call', name: 'look', arguments: { at: 'box' } },
            { type: 'tool-call', name: 'touch', arguments: {}, id: 'own' },
          ],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', text: 'empty' },
            { type: 'tool-result', text: 'cold' },
          ],
        },
        { role: 'tool', content: 'nobody asked' },
        { role: 'assistant', content: [{ type: 'tool-call', name: 'look', arguments: {} }] },
        { role: 'tool', content: 'dark' },
      ],
      { tools: [{ name: 'look', parameters: { type: 'object' } }] },
    )
    expect(answer).toEqual({
      text: '',
      finish: 'stop',
      parts: [
        { type: 'reasoning', text: 'I look.' },
        { type: 'tool-call', name: 'look', arguments: { at: 'box' }, id: 'x1' },
        { type: 'tool-call', name: 'touch', arguments: {} },
        { type: 'text', text: JSON.stringify(message.tool_calls[2]) },
      ],
    })
    const { messages, tools } = seen[0].body as { messages: unknown[]; tools: unknown[] }
    expect(tools).toEqual([
      { type: 'function', function: { name: 'look', parameters: { type: 'object' } } },
    ])
    expect(messages.slice(ask.length)).toEqual([
      {
        role: 'assistant',
        content: 'So:',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"box"}' } },
          { id: 'own', type: 'function', function: { name: 'touch', arguments: '{}' } },
        ],
      },
      { role: 'tool', content: 'empty', tool_call_id: 'call_1' },
      { role: 'tool', content: 'cold', tool_call_id: 'own' },
      { role: 'tool', content: 'nobody asked' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_2', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
      { role: 'tool', content: 'dark', tool_call_id: 'call_2' },
    ])
  })

  it('leaves out what is not given, and sends no key where there is none', async () => {
    const { baseUrl, seen } = await server(json(200, completion('Hello.')))
    await generator(baseUrl, { maxTokensField: 'max_completion_tokens' }).complete(ask, {
      maxTokens: 5,
    })
    expect(seen[0].body).toEqual({
      model: 'small',
      messages: ask,
      max_completion_tokens: 5,
      stream: false,
    })
    expect(seen[0].headers.authorization).toBeUndefined()
  })

  it.each([
    ['a cut-off answer', completion('Hel', 'length'), { text: 'Hel', finish: 'length', tokens: 8 }],
    ['an empty answer', completion(''), { text: '', finish: 'stop', tokens: 8 }],
    ['an aborted one', completion('He', 'abort'), { text: 'He', finish: 'aborted', tokens: 8 }],
    [
      'no usage',
      { choices: [{ finish_reason: 'stop', message: { content: 'x' } }] },
      { text: 'x', finish: 'stop' },
    ],
    [
      'text in parts',
      {
        choices: [
          {
            finish_reason: 'stop',
            message: {
              content: [
                { type: 'text', text: 'a' },
                { type: 'image' },
                { type: 'text', text: 'b' },
              ],
            },
          },
        ],
      },
      { text: 'ab', finish: 'stop' },
    ],
    [
      'cut off while thinking',
      { choices: [{ finish_reason: 'length', message: { content: null } }], usage: null },
      { text: '', finish: 'length' },
    ],
  ])('reads %s', async (_, value, expected) => {
    const { baseUrl } = await server(json(200, value))
    expect(await generator(baseUrl).complete(ask)).toEqual(expected)
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after %i', async (status) => {
    const { baseUrl, seen } = await server(
      json(status, { error: { message: 'busy' } }),
      json(200, completion('Hello.')),
    )
    expect((await generator(baseUrl).complete(ask)).text).toBe('Hello.')
    expect(seen).toHaveLength(2)
    expect(seen[1].body).toEqual(seen[0].body)
  })

  it.each([
    ['a lost connection', (response: ServerResponse) => response.destroy()],
    [
      'an answer that ends early',
      (response: ServerResponse) => (
        response.writeHead(200, { 'content-length': '500' }).write('{"choices":['),
        setImmediate(() => response.destroy())
      ),
    ],
    [
      'an answer that is not JSON',
      (response: ServerResponse) => response.end('<html>gateway</html>'),
    ],
    ['an error with status 200', json(200, { error: { message: 'overloaded', code: 502 } })],
    ['null', json(200, null)],
    [
      'a refusal without text',
      json(200, { choices: [{ finish_reason: 'content_filter', message: { content: null } }] }),
    ],
  ])('tries again after %s', async (_, misbehavior) => {
    const { baseUrl, seen } = await server(misbehavior as Answer, json(200, completion('Hello.')))
    expect((await generator(baseUrl).complete(ask)).text).toBe('Hello.')
    expect(seen).toHaveLength(2)
  })

  describe('waits between its tries', () => {
    const NOON = Date.UTC(2030, 0, 1, 12)
    beforeEach(() => void vi.useFakeTimers({ now: NOON }))
    afterEach(() => void vi.useRealTimers())

    /** Milliseconds after the first try at which each one is made. */
    const triesAfter = async (
      retryDelayMs: number,
      ...waits: Record<string, string>[]
    ): Promise<number[]> => {
      const at: number[] = []
      const fetch = async (): Promise<Response> => {
        at.push(Date.now() - NOON)
        return at.length > waits.length
          ? Response.json(completion('Hello.'))
          : new Response('{}', { status: 429, headers: waits[at.length - 1] })
      }
      const answer = generator('http://server/v1', { retryDelayMs, fetch }).complete(ask)
      await vi.runAllTimersAsync()
      expect((await answer).text).toBe('Hello.')
      return at
    }

    it('as long as the server asks, a minute at most', async () => {
      const asked: Record<string, string>[] = [
        { 'retry-after-ms': '120' },
        { 'retry-after': '0' },
        { 'retry-after': '7' },
        { 'retry-after': '3600' },
      ]
      expect(await triesAfter(10_000, ...asked)).toEqual([0, 120, 120, 7120, 67_120])
    })

    it('until a date, and not for one it cannot read or that is past', async () => {
      const asked = [
        { 'retry-after': new Date(NOON + 4000).toUTCString() },
        { 'retry-after': new Date(NOON - 5000).toUTCString() },
        { 'retry-after': 'later' },
      ]
      const [, second, third, last] = await triesAfter(100, ...asked)
      expect([second, third]).toEqual([4000, 4000])
      // Its own third wait: 100 ms doubled twice, a quarter more or less.
      expect(last - third).toBeGreaterThanOrEqual(300)
      expect(last - third).toBeLessThanOrEqual(500)
    })
  })

  it('gives up after its tries and says what the last one met', async () => {
    const { baseUrl, seen } = await server(json(503, { error: { message: 'loading the model' } }))
    const error = await failure(baseUrl, { retries: 2 })
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /answered 503: loading the model \(after 3 tries\)\. See the endpoint/,
      ),
    })
    expect(seen).toHaveLength(3)
  })

  it.each([
    [400, TOO_LONG, 'context-exceeded', /631 tokens/],
    [
      400,
      {
        error: {
          message: "This model's maximum context length is 4096 tokens",
          code: 'context_length_exceeded',
        },
      },
      'context-exceeded',
      /4096/,
    ],
    [400, BAD, 'unavailable', /Expected 'messages' to be an array/],
    [401, { error: { message: 'Incorrect API key' } }, 'invalid-option', /apiKey/],
    [403, 'forbidden', 'invalid-option', /apiKey/],
    [
      404,
      { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } },
      'invalid-option',
      /File Not Found.*v1/,
    ],
    [422, { detail: [{ msg: 'field required' }] }, 'unavailable', /field required/],
    [422, { reason: 'no such field' }, 'unavailable', /answered 422: \{"reason":"no such field"\}/],
    [400, { error: 'plain words' }, 'unavailable', /plain words/],
  ] as const)('takes %i %j as final', async (status, value, code, message) => {
    const { baseUrl, seen } = await server(json(status, value))
    const error = await failure(baseUrl, { apiKey: 'secret-key' })
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret-key')
    expect(seen).toHaveLength(1)
  })

  it('times out a try, also in the middle of the body, and says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const silent = await server(() => {})
      const unanswered = failure(silent.baseUrl, { timeoutMs: 30, retries: 1 })
      await until(() => silent.seen.length === 1)
      await vi.advanceTimersByTimeAsync(30)
      // The wait before the next try begins once the first one's connection is closed.
      await until(() => vi.getTimerCount() > 0)
      await vi.advanceTimersByTimeAsync(2)
      await until(() => silent.seen.length === 2)
      await vi.advanceTimersByTimeAsync(30)
      expect(await unanswered).toMatchObject({
        code: 'timeout',
        message: expect.stringMatching(/longer than 30 ms/),
      })
      expect(silent.seen).toHaveLength(2)
      const stuck = await server((response) => response.writeHead(200).write('{"choi'))
      let isHeadHere = false
      const halfway = failure(stuck.baseUrl, {
        timeoutMs: 30,
        retries: 0,
        fetch: async (...request) => {
          const response = await fetch(...request)
          isHeadHere = true
          return response
        },
      })
      await until(() => isHeadHere)
      await vi.advanceTimersByTimeAsync(30)
      expect((await halfway).code).toBe('timeout')
    } finally {
      vi.useRealTimers()
    }
  })

  it('stops at once when aborted: before, while it waits for an answer, and between tries', async () => {
    const controller = new AbortController()
    const silent = await server(() => controller.abort())
    expect((await failure(silent.baseUrl, {}, AbortSignal.abort())).code).toBe('aborted')
    expect(silent.seen).toHaveLength(0)
    expect((await failure(silent.baseUrl, {}, controller.signal)).code).toBe('aborted')
    expect(silent.seen).toHaveLength(1)
    const busy = await server(json(503, {}))
    const later = new AbortController()
    const { setTimeout } = globalThis
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
      call: () => void,
      milliseconds: number,
    ) => {
      // The wait for the second try: 60 s, a quarter more or less, a minute at most.
      if (milliseconds >= 45_000 && milliseconds <= 60_000) queueMicrotask(() => later.abort())
      return setTimeout(call, milliseconds)
    }) as never)
    const between = await failure(busy.baseUrl, { retryDelayMs: 60_000 }, later.signal)
    timers.mockRestore()
    expect(between.code).toBe('aborted')
    expect(busy.seen).toHaveLength(1)
  })

  it('says which address nobody listens at', async () => {
    const { baseUrl } = await server(json(200, completion('x')))
    await closeNewest()
    expect(await failure(baseUrl, { retries: 0 })).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/127\.0\.0\.1.*ECONNREFUSED/),
    })
  })

  it.each([
    { baseUrl: '127.0.0.1:8200' },
    { baseUrl: '' },
    { model: '' },
    { timeoutMs: 0 },
    { retries: -1 },
    { retryDelayMs: NaN },
  ])('refuses %j', (options) => {
    expect(() =>
      openAiGenerator({ baseUrl: 'http://localhost/v1', model: 'm', ...options }),
    ).toThrow(/openAiGenerator: /)
  })

  it('answers the sessions of an evaluation, and an endpoint that fails fails its session only', async () => {
    const { baseUrl, seen } = await server(json(200, completion('it is 1')), json(400, BAD))
    const renderer = wordRenderer()
    const endpoint = generator(baseUrl)
    const results = await runSessions<QuestionTask>({
      protocol: solveOnce(arithmetic()),
      tasks: tasks(1),
      sessions: 2,
      concurrency: 1,
      samplers: { solver: endpoint, critic: endpoint },
      bindings: bindings(renderer),
      draw: { seed: 0, domain: 'eval', step: 0 },
    })
    expect(rewardsOf(results[0])).toEqual([1])
    expect(results[1].failure?.reason).toMatch(/Expected 'messages' to be an array/)
    expect(seen[0].body).toMatchObject({
      messages: [{ role: 'user', content: 'what is 0 plus one' }],
      max_tokens: 16,
      temperature: 1,
    })
    expect(seen[0].body.seed).not.toBe(seen[1].body.seed)
  })
})

const live = process.env.ICRL_TEST_OPENAI_URL
describe.skipIf(live === undefined)('a live endpoint (ICRL_TEST_OPENAI_URL)', () => {
  const endpoint = openAiGenerator({
    baseUrl: live ?? 'http://localhost',
    model: process.env.ICRL_TEST_OPENAI_MODEL ?? 'default',
    apiKey: process.env.ICRL_TEST_OPENAI_KEY,
  })

  it('answers, repeats itself with a seed, and cuts off at the limit', async () => {
    const options = { maxTokens: 2, temperature: 1, seed: 11 }
    const first = await endpoint.complete(
      [{ role: 'user', content: 'Count from one to fifty in words.' }],
      options,
    )
    expect(first.finish).toBe('length')
    expect(first.text.length).toBeGreaterThan(0)
    expect(
      (
        await endpoint.complete(
          [{ role: 'user', content: 'Count from one to fifty in words.' }],
          options,
        )
      ).text,
    ).toBe(first.text)
  }, 120_000)

  it('refuses a prompt that does not fit', async () => {
    const error = await endpoint
      .complete([{ role: 'user', content: 'word '.repeat(200_000) }], { maxTokens: 1 })
      .catch((caught: unknown) => caught)
    expect(isIcrlError(error, 'context-exceeded')).toBe(true)
  }, 120_000)
})
