import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listen } from './index.ts'
import { webSockets, type WebSocketsOptions } from './web-sockets.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const upper: WebSocketsOptions = {
  refuse: ({ url }) =>
    new URL(url).pathname === '/ws' ? undefined : new Response('no such place', { status: 404 }),
  talk: async ({ messages, send }) => {
    for await (const text of messages) await send(text.toUpperCase())
  },
}

async function served(options: Partial<WebSocketsOptions> = {}): Promise<string> {
  const sockets = webSockets({ ...upper, ...options })
  const server = await listen(() => new Response('http'), { sockets })
  open.push(server.close)
  return server.urls[0]
}

const ws = (url: string, path = '/ws'): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}${path}`)
const opened = async (url: string): Promise<WebSocket> => {
  const socket = ws(url)
  await once(socket, 'open')
  return socket
}
const next = async (socket: WebSocket): Promise<string> =>
  String((await once(socket, 'message'))[0])
const codeOf = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0]
const refusal = (socket: WebSocket): Promise<string> =>
  once(socket, 'error').then(([error]) => String(error))

/** A client that says what it likes: `bytes` after a right handshake. */
async function raw(url: string, bytes: Uint8Array): Promise<ReturnType<typeof connect>> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(
    'GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await once(socket, 'data')
  socket.write(bytes)
  return socket
}

describe('webSockets', () => {
  it('answers messages in order, beside HTTP on the same port', async () => {
    const url = await served()
    const socket = await opened(url)
    const answers: string[] = []
    socket.on('message', (data) => answers.push(String(data)))
    for (let i = 0; i < 200; i++) socket.send(`m${i}`)
    await expect.poll(() => answers.length).toBe(200)
    expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => `M${i}`))
    expect(await (await fetch(url)).text()).toBe('http')
  })

  it('closes when there is nothing more to say, and says so when its talk fails', async () => {
    const errors: unknown[] = []
    const url = await served({
      talk: async ({ messages }) => {
        for await (const text of messages) {
          if (text === 'fail') throw new Error('secret')
          return
        }
      },
      onError: (error) => errors.push(error),
    })
    const [first, second] = [await opened(url), await opened(url)]
    first.send('end')
    expect(await codeOf(first)).toBe(1000)
    second.send('fail')
    expect(await codeOf(second)).toBe(1011)
    expect(errors.map(String)).toEqual(['Error: secret'])
  })

  it('turns away who may not come in, and too many', async () => {
    const url = await served({ maxSockets: 1 })
    expect(await refusal(ws(url, '/other'))).toContain('404')
    const first = await opened(url)
    expect(await refusal(ws(url))).toContain('503')
    first.close()
    await codeOf(first)
    await expect.poll(() => opened(url).then(() => 'in', String)).toBe('in')
  })

  it('ends a message that is too long, binary, or broken', async () => {
    const url = await served({ maxMessage: 100 })
    const [long, binary] = [await opened(url), await opened(url)]
    long.send('x'.repeat(101))
    expect(await codeOf(long)).toBe(1009)
    binary.send(Buffer.from([1]))
    expect(await codeOf(binary)).toBe(1003)
    // A frame that announces a terabyte, and one without a mask.
    for (const bytes of [
      [0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0],
      [0x81, 0x02, 0x68, 0x69],
    ]) {
      const socket = await raw(url, Uint8Array.from(bytes))
      await once(socket, 'close')
    }
  })

  it('ends who sends half a message, who is silent, and who reads nothing', async () => {
    const ended: string[] = []
    const url = await served({
      idleMs: 50,
      talk: async ({ messages, send }) => {
        for await (const text of messages)
          for (let i = 0; i < (text === 'flood' ? 64 : 1); i++) await send('x'.repeat(1 << 20))
        ended.push('end')
      },
    })
    const half = await raw(url, Uint8Array.from([0x01, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
    const silent = await opened(url)
    const deaf = await opened(url)
    deaf.pause()
    deaf.send('flood')
    await expect.poll(() => ended.length).toBe(3)
    half.destroy()
    silent.terminate()
    deaf.terminate()
  })

  it('tells a talk that its client is gone, and ends all when it closes', async () => {
    let gone: AbortSignal | undefined
    const sockets = webSockets({
      ...upper,
      talk: async ({ messages, send, signal }) => {
        gone = signal
        for await (const text of messages) await send(text)
      },
    })
    const server = await listen(() => new Response(), { sockets })
    const socket = await opened(server.urls[0])
    socket.send('a')
    expect(await next(socket)).toBe('a')
    socket.terminate()
    await expect.poll(() => gone?.aborted).toBe(true)
    const other = await opened(server.urls[0])
    const closed = codeOf(other)
    await server.close()
    expect(await closed).toBe(1006)
  })
})
