import { IcrlError, publicAddress } from '@icrl/core'
import type { RawData, WebSocket } from 'ws'
import { withDeadline } from '../../with-deadline.ts'
import { addressBelow } from '../address-below.ts'

/** What a server of OpenEnv answers a message with. */
export interface WireReply {
  readonly type: 'observation' | 'state' | 'error'
  readonly data: Readonly<Record<string, unknown>>
}

/** A WebSocket to a server of OpenEnv, which holds one environment for it. */
export interface OpenenvConnection {
  /** False once it is of no more use. */
  isOpen(): boolean
  /**
   * Sends a message and waits for its answer. After an error the connection is gone: a late answer
   * would be taken for that of the next message.
   *
   * @throws `environment-failed`, `timeout`, `aborted`
   */
  call(type: 'reset' | 'step', data: object, signal: AbortSignal | undefined): Promise<WireReply>
  /** Says goodbye, and waits a moment for the server to free its place. */
  close(): Promise<void>
}

/** Options of {@link connectOpenenv}. */
export interface ConnectionOptions {
  /** Address of the server: `http://127.0.0.1:8000`. */
  readonly url: string
  readonly token: string | undefined
  /** Longest wait for the connection, and for an answer. */
  readonly timeoutMs: number
  /** Longest answer. */
  readonly maxBytes: number
}

/** An error of a server, or of the way to it. Starting over may help, unless `isFinal`. */
export function openenvFailure(
  what: string,
  { remedy = 'Check the environment’s server.', cause, isFinal = false }: FailureOptions = {},
): IcrlError {
  return new IcrlError(`${what}.`, {
    code: 'environment-failed',
    remedy,
    cause,
    ...(isFinal && { triedEnough: true }),
  })
}

interface FailureOptions {
  readonly remedy?: string
  readonly cause?: unknown
  readonly isFinal?: boolean
}

const GOODBYE_MS = 5000

/** @throws `environment-failed`, `timeout`, `aborted` */
export async function connectOpenenv(
  { url, token, timeoutMs, maxBytes }: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<OpenenvConnection> {
  const where = publicAddress(url)
  const { WebSocket: Socket } = await import('ws')
  const socket = new Socket(addressBelow(url, '/ws').replace(/^http/, 'ws'), {
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    maxPayload: maxBytes,
    perMessageDeflate: false,
  })
  const answers = answersOf(socket, where)
  const orGone = async <T>(
    doing: string,
    until: AbortSignal | undefined,
    call: () => Promise<T>,
  ): Promise<T> => {
    const what = `${where}: ${doing}`
    try {
      return await withDeadline({ milliseconds: timeoutMs, signal: until, what }, call)
    } catch (error) {
      socket.terminate()
      throw error
    }
  }
  await orGone('connecting', signal, answers.opened)
  return {
    isOpen: () => socket.readyState === Socket.OPEN,
    call: async (type, data, until) => {
      // A server without room says so by itself, and closes: what it said is read all the same.
      if (socket.readyState === Socket.OPEN) socket.send(JSON.stringify({ type, data }))
      return orGone(type, until, async () => readReply(where, await answers.next()))
    },
    close: async () => {
      if (socket.readyState !== Socket.OPEN) return socket.terminate()
      socket.send('{"type":"close"}')
      await withDeadline({ milliseconds: GOODBYE_MS, what: `${where}: closing` }, answers.closed)
        // Whoever does not say goodbye is left without.
        .catch(() => socket.terminate())
    },
  }
}

interface Answers {
  opened(): Promise<void>
  next(): Promise<string>
  closed(): Promise<void>
}

/** The texts of a socket, one at a time. */
function answersOf(socket: WebSocket, where: string): Answers {
  let said: string | undefined
  let ended: IcrlError | undefined
  let changed: () => void = () => {}
  const end = (error: IcrlError): void => {
    ended ??= error
    changed()
  }
  const opened = new Promise<void>((resolve) => socket.once('open', resolve))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary || said !== undefined) {
      end(
        openenvFailure(
          `${where}: ${isBinary ? 'an answer that is no text' : 'two answers to one message'}`,
        ),
      )
      return socket.terminate()
    }
    said = String(data)
    changed()
  })
  socket.on('error', (cause: Error) => end(broken(where, cause)))
  socket.on('close', (code: number) =>
    end(openenvFailure(`${where}: the connection ended (${code})`)),
  )
  const nextChange = (): Promise<void> => new Promise((resolve) => (changed = resolve))
  return {
    opened: async () => {
      if (!ended) await Promise.race([opened, nextChange()])
      if (ended) throw ended
    },
    next: async () => {
      if (said === undefined && !ended) await nextChange()
      const text = said
      if (text === undefined) throw ended
      said = undefined
      return text
    },
    closed: () => closed,
  }
}

function broken(where: string, cause: Error): IcrlError {
  const refused = /response: (401|403)/.exec(cause.message)
  if (refused)
    return openenvFailure(`${where}: status ${refused[1]}`, {
      remedy: 'Give the server’s token.',
      cause,
      isFinal: true,
    })
  if (/Max payload/.test(cause.message))
    return openenvFailure(`${where}: an answer that is too long`, {
      remedy: 'Raise maxBytes if answers are that long.',
      cause,
      isFinal: true,
    })
  return openenvFailure(`${where}: ${cause.message || String((cause as { code?: string }).code)}`, {
    cause,
  })
}

const TYPES: readonly string[] = ['observation', 'state', 'error'] satisfies WireReply['type'][]

function readReply(where: string, text: string): WireReply {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw openenvFailure(
      `${where}: something instead of JSON: ${JSON.stringify(text.slice(0, 120))}`,
      { cause },
    )
  }
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown }
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw openenvFailure(`${where}: an answer of an unknown type: ${text.slice(0, 120)}`)
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw openenvFailure(`${where}: an answer without data: ${text.slice(0, 120)}`)
  return value as WireReply
}

/** What an error of the server says, in short. */
export function wordsOf({ data: { message, errors } }: WireReply): string {
  const details = Array.isArray(errors)
    ? errors.slice(0, 4).map((each: { loc?: unknown; msg?: unknown } | null) => {
        const at = Array.isArray(each?.loc) ? each.loc.join('.') : ''
        return `${at === '' ? '' : `${at}: `}${String(each?.msg)}`
      })
    : []
  return [String(message), ...details].join('; ').slice(0, 500)
}
