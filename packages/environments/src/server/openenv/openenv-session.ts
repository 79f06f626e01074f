import { randomUUID } from 'node:crypto'
import {
  IcrlError,
  isIcrlError,
  isSuccess,
  outcomeOf,
  type Environment,
  type Episode,
} from '@icrl/core'
import { withDeadline } from '../../with-deadline.ts'
import {
  errorReply,
  observationReply,
  readMessage,
  type OpenenvReply,
  type OpenenvRequest,
  type ResetData,
} from './openenv-messages.ts'
import type { ListedTask, OpenenvTasks } from './openenv-tasks.ts'

/** One connection's environment. */
export interface OpenenvSession {
  /** Answers a message; undefined to a goodbye. */
  answer(text: string): Promise<OpenenvReply | undefined>
  close(): Promise<void>
}

/** Options of {@link openenvSession}. */
export interface OpenenvSessionOptions {
  readonly tasks: OpenenvTasks
  /** Steps after which an episode is over. */
  readonly maxTurns: number
  /** Longest opening, reset, step or closing. */
  readonly timeoutMs: number
  /** Ends what is under way. */
  readonly signal: AbortSignal
  /** Told what the environment threw, other than an `IcrlError`. */
  readonly onError: ((error: unknown) => void) | undefined
}

/**
 * Plays an environment over OpenEnv's messages: `reset`, `step`, `state`, `close`. What a client
 * sends wrong is answered with an error, and the session goes on. After an error of the environment
 * it must be reset. A step after the end is an error too, since an answer to it could be counted as
 * one more reward.
 */
export function openenvSession(
  environment: Environment,
  options: OpenenvSessionOptions,
): OpenenvSession {
  const play = openPlay(environment, options)
  /** What went wrong, in words for the client; whatever is not ours may hold secrets. */
  const inWords = (cause: unknown): string => {
    if (isIcrlError(cause)) return cause.message
    options.onError?.(cause)
    return `${environment.name}: the environment failed.`
  }
  const close = (): Promise<void> => play.drop().catch((cause: unknown) => void inWords(cause))
  const carryOut = async (request: OpenenvRequest): Promise<OpenenvReply | undefined> => {
    switch (request.type) {
      case 'reset':
        return play.reset(request.data)
      case 'step':
        return play.step(request.data.message)
      case 'state':
        return play.state()
      case 'close':
        return undefined
    }
  }
  return {
    async answer(text) {
      const read = readMessage(text)
      if ('refusal' in read) return read.refusal
      try {
        return await carryOut(read.request)
      } catch (cause) {
        const reply = errorReply('EXECUTION_ERROR', inWords(cause))
        await close()
        return reply
      }
    },
    close,
  }
}

interface Running {
  readonly task: ListedTask
  readonly episodeId: string
  steps: number
  /** Of all steps, for environments whose rewards are totals. */
  total: number
  isOver: boolean
}

interface Play {
  reset(wanted: ResetData): Promise<OpenenvReply>
  step(message: string): Promise<OpenenvReply>
  state(): OpenenvReply
  /** Closes the episode, if there is one; the next reset opens another. */
  drop(): Promise<void>
}

function openPlay(
  environment: Environment,
  { tasks, maxTurns, timeoutMs, signal }: OpenenvSessionOptions,
): Play {
  const { name } = environment
  let episode: Episode | undefined
  let running: Running | undefined
  const limited = <T>(what: string, call: (until: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline({ milliseconds: timeoutMs, signal, what: `${name}: ${what}` }, call)
  return {
    async reset(wanted) {
      running = undefined
      const task = await tasks.choose(wanted)
      episode ??= await limited('open', (until) => environment.open(until))
      const current = episode
      const start = await limited('reset', (until) => current.reset(task.id, until))
      const episodeId = wanted.episode_id ?? randomUUID()
      running = { task, episodeId, steps: 0, total: 0, isOver: false }
      const observation = {
        message: text(name, start.observation),
        task: text(name, start.task),
        instructions: environment.instructions,
      }
      const { id, split, index } = task
      return observationReply(observation, null, false, { task_id: id, split, index })
    },
    async step(message) {
      const [now, current] = [running, episode]
      if (!now || !current || now.isOver) {
        const why = now?.isOver ? 'the episode is over' : 'no task has been started'
        return errorReply('EXECUTION_ERROR', `${name}: ${why}. Reset first.`)
      }
      const action = environment.parseAction(message) ?? message
      const taken = await limited('step', (until) => current.step(action, until))
      const { reward } = outcomeOf(taken, name)
      const own = environment.rewardIsTotal ? reward - now.total : reward
      now.total = reward
      now.steps++
      const isCut = !taken.done && now.steps >= maxTurns
      now.isOver = taken.done || isCut
      const metadata = {
        ...(now.isOver && { success: isSuccess(taken) }),
        ...(isCut && { truncated: true }),
      }
      const observation = { message: text(name, taken.observation) }
      return observationReply(observation, own, now.isOver, metadata)
    },
    state: () => ({
      type: 'state',
      data: {
        episode_id: running?.episodeId ?? null,
        step_count: running?.steps ?? 0,
        ...(running && { task_id: running.task.id, split: running.task.split }),
      },
    }),
    async drop() {
      const left = episode
      episode = running = undefined
      if (!left) return
      // Without the signal: a client that is gone does not cut its environment's end short.
      const limit = { milliseconds: timeoutMs, what: `${name}: close` }
      await withDeadline(limit, () => left.close())
    },
  }
}

function text(name: string, shown: string): string {
  if (typeof shown === 'string') return shown
  throw new IcrlError(`${name}: an observation that is no text.`, {
    code: 'invalid-shape',
    remedy: 'Answer a text.',
  })
}
