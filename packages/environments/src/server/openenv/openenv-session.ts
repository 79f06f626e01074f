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
  type Field,
  type FieldProblem,
  type Fields,
  int,
  optional,
  readFields,
  str,
} from '../fields.ts'
import type { ListedTask, OpenenvTasks } from './openenv-tasks.ts'

/** What OpenEnv's clients read: `observation`, `state` or `error`, with its data. */
export interface OpenenvReply {
  readonly type: 'observation' | 'state' | 'error'
  readonly data: Readonly<Record<string, unknown>>
}

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

type Json = Readonly<Record<string, unknown>>

interface Running {
  readonly task: ListedTask
  readonly episodeId: string
  steps: number
  /** Of all steps, for environments whose rewards are totals. */
  total: number
  isOver: boolean
}

const seed: Field<number> = (value) =>
  typeof value === 'number' && value < 0
    ? { type: 'greater_than_equal', msg: 'Input should be greater than or equal to 0' }
    : int(value)

/** As long as OpenEnv's own. */
const shortText: Field<string> = (value) =>
  typeof value === 'string' && value.length > 255
    ? { type: 'string_too_long', msg: 'String should have at most 255 characters' }
    : str(value)

const object: Field<Json> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value: value as Json }
    : { type: 'dict_type', msg: 'Input should be a valid dictionary' }

/** What a reset may say. As with OpenEnv's own servers, other fields are not looked at. */
const resetFields = {
  seed: optional(seed, null),
  episode_id: optional(shortText, null),
  task_id: optional(str, null),
  split: optional(str, null),
  index: optional(seed, null),
} satisfies Fields

/** The fields of an action, of which there are no others. */
const actionFields = {
  message: str,
  metadata: optional(object, {}),
} satisfies Fields

const error = (code: string, message: string, more: Json = {}): OpenenvReply => ({
  type: 'error',
  data: { message, code, ...more },
})

/** A refusal of a message, without what it said: it may be large. */
function invalid(problems: readonly FieldProblem[]): OpenenvReply {
  return error('VALIDATION_ERROR', 'Invalid message', {
    errors: problems.map((problem) => ({ ...problem, input: undefined })),
  })
}

function extraFields(given: Json, known: readonly string[]): FieldProblem[] {
  const extra = Object.keys(given).filter((name) => !known.includes(name))
  const what = { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' }
  return extra.slice(0, 8).map((name) => ({ ...what, loc: [name.slice(0, 80)] }))
}

/** The result of a reset or a step, as clients of OpenEnv read it. */
function result(
  observation: Json,
  reward: number | null,
  done: boolean,
  metadata: Json,
): OpenenvReply['data'] {
  return {
    observation: { ...observation, metadata },
    reward,
    done,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/**
 * Plays an environment over OpenEnv's messages: `reset`, `step`, `state`, `close`. What a client
 * sends wrong is answered with an error, and the session goes on. After an error of the environment
 * it must be reset. A step after the end is an error too, since an answer to it could be counted as
 * one more reward.
 */
export function openenvSession(
  environment: Environment,
  { tasks, maxTurns, timeoutMs, signal, onError }: OpenenvSessionOptions,
): OpenenvSession {
  let episode: Episode | undefined
  let running: Running | undefined

  const limited = <T>(what: string, call: (until: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline({ milliseconds: timeoutMs, signal, what: `${environment.name}: ${what}` }, call)

  const drop = async (): Promise<void> => {
    const left = episode
    episode = running = undefined
    // The client's going away does not cut its environment's end short.
    if (left)
      await withDeadline({ milliseconds: timeoutMs, what: `${environment.name}: close` }, () =>
        left.close(),
      )
  }

  const text = (shown: string): string => {
    if (typeof shown === 'string') return shown
    throw new IcrlError(`${environment.name}: an observation that is no text.`, {
      code: 'invalid-shape',
      remedy: 'Answer a text.',
    })
  }

  const reset = async (data: Json): Promise<OpenenvReply> => {
    const read = readFields(resetFields, data)
    if ('detail' in read) return invalid(read.detail)
    const task = await tasks.choose(read.values)
    running = undefined
    episode ??= await limited('open', (until) => environment.open(until))
    const current = episode
    const start = await limited('reset', (until) => current.reset(task.id, until))
    const episodeId = read.values.episode_id ?? randomUUID()
    running = { task, episodeId, steps: 0, total: 0, isOver: false }
    const observation = {
      message: text(start.observation),
      task: text(start.task),
      instructions: environment.instructions,
    }
    const metadata = { task_id: task.id, split: task.split, index: task.index }
    return { type: 'observation', data: result(observation, null, false, metadata) }
  }

  const step = async (data: Json): Promise<OpenenvReply> => {
    const extra = extraFields(data, Object.keys(actionFields))
    const read = readFields(actionFields, data)
    if ('detail' in read) return invalid([...read.detail, ...extra])
    if (extra.length > 0) return invalid(extra)
    const { message } = read.values
    if (!running || !episode)
      return error('EXECUTION_ERROR', `${environment.name}: no task has been started. Reset first.`)
    if (running.isOver)
      return error('EXECUTION_ERROR', `${environment.name}: the episode is over. Reset first.`)
    const [now, current] = [running, episode]
    const action = environment.parseAction(message) ?? message
    const taken = await limited('step', (until) => current.step(action, until))
    const { reward } = outcomeOf(taken, environment.name)
    const own = environment.rewardIsTotal ? reward - now.total : reward
    now.total = reward
    now.steps++
    const isCut = !taken.done && now.steps >= maxTurns
    now.isOver = taken.done || isCut
    const metadata = {
      ...(now.isOver && { success: isSuccess(taken) }),
      ...(isCut && { truncated: true }),
    }
    const observation = { message: text(taken.observation) }
    return { type: 'observation', data: result(observation, own, now.isOver, metadata) }
  }

  const handlers: Readonly<Record<string, (data: Json) => Promise<OpenenvReply> | OpenenvReply>> = {
    reset,
    step,
    state: () => ({
      type: 'state',
      data: {
        episode_id: running?.episodeId ?? null,
        step_count: running?.steps ?? 0,
        ...(running && { task_id: running.task.id, split: running.task.split }),
      },
    }),
  }

  /** What went wrong, in words for the client; whatever is not ours may hold secrets. */
  const inWords = (cause: unknown): string => {
    if (isIcrlError(cause)) return cause.message
    onError?.(cause)
    return `${environment.name}: the environment failed.`
  }

  return {
    async answer(given) {
      let message: unknown
      try {
        message = JSON.parse(given)
      } catch {
        return error('INVALID_JSON', 'Invalid JSON: the message is no JSON text.')
      }
      const whole = object(message)
      if (!('value' in whole)) return invalid([whole])
      const { type, data = {} } = whole.value
      if (type === 'close') return undefined
      if (typeof type !== 'string' || !Object.hasOwn(handlers, type))
        return error('UNKNOWN_TYPE', `Unknown message type: ${String(type).slice(0, 80)}`)
      const extra = extraFields(whole.value, type === 'state' ? ['type'] : ['type', 'data'])
      if (extra.length > 0) return invalid(extra)
      const inner = object(data)
      if (!('value' in inner)) return invalid([inner])
      try {
        return await handlers[type](inner.value)
      } catch (cause) {
        const reply = error('EXECUTION_ERROR', inWords(cause))
        await drop().catch(inWords)
        return reply
      }
    },
    close: () => drop().catch((cause: unknown) => void inWords(cause)),
  }
}
