import { IcrlError, publicAddress, type Episode, type EpisodeStep } from '@icrl/core'
import { openenvFailure, wordsOf, type WireReply } from './openenv-connection.ts'
import { readResult, readStep, type OpenenvResult, type StepOptions } from './openenv-result.ts'
import { openenvSeat, type OpenenvSeatOptions } from './openenv-seat.ts'

/** How an episode speaks to its server. */
export interface OpenenvEpisodeOptions extends OpenenvSeatOptions, StepOptions {
  readonly name: string
  /** What a reset to a task says; throws for a task there is not. */
  readonly resetTo: (taskId: string) => object
  readonly toAction: (text: string) => object | undefined
  readonly taskIn: (observation: OpenenvResult['observation']) => string
  readonly invalidAction: string
  readonly sumRewards: boolean
}

/**
 * An episode on a server of OpenEnv: a connection, opened by the first reset. After an error of the
 * server or of the way to it the episode must be reset, which connects anew; `multiTurn` does so,
 * and repeats the actions. An action that the server finds malformed is the solver's mistake: it is
 * shown what the server says.
 */
export function openenvEpisode(options: OpenenvEpisodeOptions): Episode {
  const { name, invalidAction } = options
  const where = publicAddress(options.url)
  const seat = openenvSeat(options)
  let running: { total: number; last?: EpisodeStep } | undefined
  let isClosed = false
  const misuse = (what: string, remedy: string): IcrlError =>
    new IcrlError(`${name}: ${what}.`, { code: 'environment-failed', remedy })

  const take = async (
    text: string,
    total: number,
    signal: AbortSignal | undefined,
  ): Promise<EpisodeStep> => {
    /** A step that changed nothing, since there was no action that the server takes. */
    const noAction = (observation: string): EpisodeStep => ({
      observation,
      reward: total,
      done: false,
    })
    const action = options.toAction(text)
    if (action === undefined) return noAction(invalidAction)
    const reply = await seat.step(action, signal)
    return reply.type === 'error' && reply.data.code === 'VALIDATION_ERROR'
      ? noAction(wordsOf(reply))
      : readStep(where, resultIn(where, reply), total, options)
  }

  return {
    reset: async (taskId, signal) => {
      if (isClosed) throw misuse('the episode is closed', 'Open another episode.')
      running = undefined
      const reply = await seat.reset(options.resetTo(taskId), signal)
      const { observation } = resultIn(where, reply)
      running = { total: 0 }
      return { task: options.taskIn(observation), observation: options.observe(observation) }
    },
    step: async (text, signal) => {
      const now = running
      if (!now) throw misuse('no task has been started', 'Reset to a task first.')
      if (now.last?.done) return now.last
      try {
        now.last = await take(text, now.total, signal)
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
      await seat.leave()
    },
  }
}

function resultIn(where: string, reply: WireReply): OpenenvResult {
  if (reply.type === 'observation') return readResult(where, reply.data)
  throw openenvFailure(
    reply.type === 'error'
      ? `${where}: ${wordsOf(reply)}`
      : `${where}: a state where an observation was due`,
    { isFinal: reply.data.code === 'VALIDATION_ERROR' },
  )
}
