import { connect } from 'node:net'
import { isIcrlError } from '@icrl/core'
import { afterEach, describe, expect, it } from 'vitest'
import {
  isLoopback,
  isToken,
  listen,
  newToken,
  tokenOf,
  type Handler,
  type ListenOptions,
} from './index.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})
async function served(handler: Handler, options?: ListenOptions): Promise<string> {
  const server = await listen(handler, options)
  open.push(server.close)
  return server.urls[0]
}

describe('listen', () => {
  it('hands over method, address, headers and body, and answers', async () => {
    const url = await served(async (request) => {
      const body = await request.text()
      const { pathname, search } = new URL(request.url)
      return Response.json(
        { method: request.method, path: pathname + search, body, x: request.headers.get('x-a') },
        { status: 201, headers: { 'x-b': 'c' } },
      )
    })
    const response = await fetch(`${url}/a/b?c=1`, {
      method: 'POST',
      body: 'dé',
      headers: { 'x-a': 'y' },
    })
    expect([response.status, response.headers.get('x-b')]).toEqual([201, 'c'])
    expect(await response.json()).toEqual({ method: 'POST', path: '/a/b?c=1', body: 'dé', x: 'y' })
  })

  it('bounds bodies, and says nothing of what a handler threw', async () => {
    const errors: unknown[] = []
    const onError = (error: unknown): unknown => errors.push(error)
    const handler: Handler = () => {
      throw new Error('secret')
    }
    const url = await served(handler, { maxBody: 10, onError })
    const long = await fetch(url, { method: 'POST', body: 'x'.repeat(11) })
    expect(long.status).toBe(413)
    const broken = await fetch(url, { method: 'POST', body: 'x'.repeat(10) })
    expect([broken.status, await broken.text()]).toEqual([500, 'Internal Server Error'])
    expect(errors.map(String)).toEqual(['Error: secret'])
  })

  it('refuses a host that others reach, without a guard, and a port that is taken', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1'])
      await expect(listen(() => new Response(), { host })).rejects.toSatisfy((error) =>
        isIcrlError(error, 'invalid-option'),
      )
    const url = await served(() => new Response('in'), { host: '0.0.0.0', isGuarded: true })
    const port = Number(new URL(url).port)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('in')
    await expect(
      listen(() => new Response(), { port, host: '0.0.0.0', isGuarded: true }),
    ).rejects.toSatisfy((error) => isIcrlError(error, 'unavailable'))
  })

  it('lets a slow reader wait, without reading on for it or stalling others', async () => {
    let pulled = 0
    const url = await served((request) => {
      if (new URL(request.url).pathname === '/fast') return new Response('fast')
      const chunk = new Uint8Array(1 << 20)
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (++pulled > 64) controller.close()
            else controller.enqueue(chunk)
          },
        }),
      )
    })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await (await fetch(`${url}/fast`)).text()).toBe('fast')
    expect(pulled).toBeLessThan(32)
    socket.destroy()
  })

  it('tells the handler that a client went away', async () => {
    const gone = new Promise<void>((resolve) => {
      void served((request) => {
        request.signal.addEventListener('abort', () => resolve())
        return new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }))
      }).then((url) => {
        const abort = new AbortController()
        return fetch(url, { signal: abort.signal }).then(() => abort.abort())
      })
    })
    await gone
  })
})

describe('secrets', () => {
  it('are 128 random bits, read from either header, and compared whole', () => {
    expect(newToken()).toMatch(/^[0-9a-f]{32}$/)
    expect(newToken()).not.toBe(newToken())
    const tokenIn = (headers: Record<string, string>): string | undefined =>
      tokenOf(new Request('http://x', { headers }))
    expect(tokenIn({ authorization: 'Bearer abc' })).toBe('abc')
    expect(tokenIn({ authorization: 'bearer  abc ' })).toBe('abc')
    expect(tokenIn({ 'x-api-key': 'abc' })).toBe('abc')
    expect([tokenIn({}), tokenIn({ authorization: 'Basic abc' })]).toEqual([undefined, undefined])
    expect([isToken('abc', 'abc'), isToken('ab', 'abc'), isToken('abd', 'abc')]).toEqual([
      true,
      false,
      false,
    ])
    expect([isToken(undefined, 'abc'), isToken('', ''), isToken(undefined, '')]).toEqual([
      false,
      false,
      false,
    ])
  })

  it.each([
    ['127.0.0.1', true],
    ['127.9.0.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.evil.example', false],
    ['example.com', false],
  ])('%s loops back: %s', (host, expected) => expect(isLoopback(host)).toBe(expected))
})
