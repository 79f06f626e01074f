import { setTimeout as pause } from 'node:timers/promises'
import { publicAddress } from '@icrl/core'
import { aborted } from '../../aborted.ts'
import {
  connectOpenenv,
  openenvFailure,
  wordsOf,
  type ConnectionOptions,
  type OpenenvConnection,
  type WireReply,
} from './openenv-connection.ts'

/** A place at a server: a connection, made when it is needed. */
export interface OpenenvSeat {
  /** Resets the environment, once the server has a place. */
  reset(data: object, signal: AbortSignal | undefined): Promise<WireReply>
  step(action: object, signal: AbortSignal | undefined): Promise<WireReply>
  leave(): Promise<void>
}

/** Options of {@link openenvSeat}. */
export interface OpenenvSeatOptions extends ConnectionOptions {
  /** Longest wait for a place at a server that has none. */
  readonly placeMs: number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

export function openenvSeat(options: OpenenvSeatOptions): OpenenvSeat {
  const where = publicAddress(options.url)
  let connection: OpenenvConnection | undefined
  const leave = async (): Promise<void> => {
    const left = connection
    connection = undefined
    await left?.close()
  }
  return {
    async reset(data, signal) {
      const until = Date.now() + options.placeMs
      for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(LONGEST_PAUSE_MS, 2 * wait)) {
        if (!connection?.isOpen()) connection = await connectOpenenv(options, signal)
        const reply = await connection.call('reset', data, signal)
        if (reply.type !== 'error' || reply.data.code !== 'CAPACITY_REACHED') return reply
        await leave()
        if (Date.now() + wait > until)
          throw openenvFailure(`${where}: ${wordsOf(reply)}`, {
            remedy:
              'Give `maxEpisodes` to multiTurn, or let the server hold more (max_concurrent_envs).',
            isFinal: true,
          })
        await pause(wait, undefined, { signal }).catch((cause: unknown) => {
          throw aborted(where, cause)
        })
      }
    },
    step: async (action, signal) => connection!.call('step', action, signal),
    leave,
  }
}
