import { setTimeout as pause } from 'node:timers/promises'
import { IcrlError, publicAddress, type Episode, type EpisodeStep } from '@icrl/core'
import {
  connectOpenenv,
  openenvFailure,
  type ConnectionOptions,
  type OpenenvConnection,
  type WireReply,
} from './openenv-connection.ts'
import { readResult, readStep, type StepOptions } from './openenv-result.ts'

/** How an episode speaks to its server. */
export interface OpenenvEpisodeOptions extends ConnectionOptions, StepOptions {
  readonly name: string
  /** What a reset to a task says; throws for a task there is not. */
  readonly resetTo: (taskId: string) => object
  readonly toAction: (text: string) => object | undefined
  readonly taskIn: (observation: Readonly<Record<string, unknown>>) => string
  readonly invalidAction: string
  readonly sumRewards: boolean
  /** Longest wait for a place at a server that has none. */
  readonly placeMs: number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/**
 * An episode on a server of OpenEnv: a connection, opened by the first reset. After an error of the
 * server or of the way to it the episode must be reset, which connects anew; `multiTurn` does so,
 * and repeats the actions. An action that the server finds malformed is the solver's mistake: it is
 * shown what the server says.
 */
export function openenvEpisode(options: OpenenvEpisodeOptions): Episode {
  const { name, url, invalidAction } = options
  const where = publicAddress(url)
  let connection: OpenenvConnection | undefined
  let running: { total: number; last?: EpisodeStep } | undefined
  let isClosed = false
  const misuse = (what: string, remedy: string): IcrlError =>
    new IcrlError(`${name}: ${what}.`, { code: 'environment-failed', remedy })

  const leave = async (): Promise<void> => {
    const left = connection
    connection = undefined
    await left?.close()
  }

  /** The answer to a reset, from a server that has a place. */
  const admitted = async (data: object, signal: AbortSignal | undefined): Promise<WireReply> => {
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
      await pause(wait, undefined, { signal }).catch(() => {
        throw new IcrlError(`${where}: aborted.`, {
          code: 'aborted',
          remedy: 'Start the episode again if it is still wanted.',
        })
      })
    }
  }

  /** A step that changed nothing, since there was no action that the server takes. */
  const noAction = (observation: string): EpisodeStep => ({
    observation,
    reward: running?.total ?? 0,
    done: false,
  })

  const take = async (action: object, signal: AbortSignal | undefined): Promise<EpisodeStep> => {
    const reply = await connection!.call('step', action, signal)
    if (reply.type === 'error' && reply.data.code === 'VALIDATION_ERROR')
      return noAction(wordsOf(reply))
    return readStep(where, resultIn(where, reply), running!.total, options)
  }

  return {
    reset: async (taskId, signal) => {
      if (isClosed) throw misuse('the episode is closed', 'Open another episode.')
      running = undefined
      const data = options.resetTo(taskId)
      const { observation } = resultIn(where, await admitted(data, signal))
      running = { total: 0 }
      return { task: options.taskIn(observation), observation: options.observe(observation) }
    },
    step: async (text, signal) => {
      const now = running
      if (!now || !connection) throw misuse('no task has been started', 'Reset to a task first.')
      if (now.last?.done) return now.last
      const action = options.toAction(text)
      if (action === undefined) return noAction(invalidAction)
      try {
        now.last = await take(action, signal)
      } catch (error) {
        running = undefined
        throw error
      }
      if (options.sumRewards) now.total = now.last.reward
      return now.last
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      running = undefined
      await leave()
    },
  }
}

function resultIn(where: string, reply: WireReply): ReturnType<typeof readResult> {
  if (reply.type === 'observation') return readResult(where, reply.data)
  throw openenvFailure(
    reply.type === 'error'
      ? `${where}: ${wordsOf(reply)}`
      : `${where}: a state where an observation was due`,
    { isFinal: reply.data.code === 'VALIDATION_ERROR' },
  )
}

/** What an error of the server says, in short. */
function wordsOf({ data: { message, errors } }: WireReply): string {
  const details = Array.isArray(errors)
    ? errors.slice(0, 4).map((each: { loc?: unknown; msg?: unknown } | null) => {
        const at = Array.isArray(each?.loc) ? each.loc.join('.') : ''
        return `${at === '' ? '' : `${at}: `}${String(each?.msg)}`
      })
    : []
  return [String(message), ...details].join('; ').slice(0, 500)
}
