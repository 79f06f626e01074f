import {
  IcrlError,
  type Environment,
  type Episode,
  type EpisodeStart,
  type EpisodeStep,
} from '@icrl/core'
import { parseTaggedAction } from './parse-tagged-action.ts'

/** One play of one task, in this process. */
export interface LocalPlay {
  /** What the model reads first. */
  readonly start: EpisodeStart
  /** Takes an action. */
  step(action: string, signal?: AbortSignal): EpisodeStep | Promise<EpisodeStep>
  /** The whole state, as JSON can hold it. */
  snapshot(): unknown
  /** Restores a state from a snapshot of the same task. */
  restore(state: unknown): void
}

/** Options of {@link localEnvironment}. */
export interface LocalEnvironmentOptions {
  /** As it stands in messages and files. */
  readonly name: string
  /** How to act, for the solver. */
  readonly instructions: string
  /** Turns after which an attempt ends. */
  readonly maxTurns: number
  /** Task ids of a split, in a fixed order. */
  readonly tasks: { readonly train: readonly string[]; readonly test: readonly string[] }
  /** Starts a task; throws `unknownTask` for an id it does not know. */
  play(taskId: string): LocalPlay | Promise<LocalPlay>
  /**
   * Finds the action in what the model wrote; undefined where there is none.
   *
   * @defaultValue the last `<action>…</action>`
   */
  readonly parseAction?: (response: string) => string | undefined
  /** What is said where there was no action. @defaultValue a sentence in English */
  readonly invalidAction?: string
}

/**
 * The error for a task id that an environment does not have.
 *
 * @example
 * throw unknownTask('maze', '99')
 */
export function unknownTask(environment: string, taskId: string): IcrlError {
  return new IcrlError(`${environment}: no task "${taskId.slice(0, 80)}".`, {
    code: 'invalid-option',
    remedy: 'Take an id that taskIds() lists.',
  })
}

const invalidActionText =
  'That was no action. Think about the task again, then answer with exactly one action between <action> and </action>.'

/**
 * Makes an `Environment` from a function that plays a task. It takes care of task lists, the order
 * of calls, steps after the end, and snapshots. A step after the end repeats the last one.
 *
 * @throws IcrlError `invalid-option` for an unknown split or task, `environment-failed` for a step
 * before the reset or after closing, `corrupt-file` for a snapshot that is none
 * @example
 * const guess = localEnvironment({
 *   name: 'guess',
 *   instructions: 'Say <action>left</action> or <action>right</action>.',
 *   maxTurns: 1,
 *   tasks: { train: ['0'], test: ['1'] },
 *   play: (id) => ({
 *     start: { task: 'Find the side.', observation: 'Left or right?' },
 *     step: (action) => ({
 *       observation: 'Done.',
 *       reward: action === (id === '0' ? 'left' : 'right') ? 1 : 0,
 *       done: true,
 *     }),
 *     snapshot: () => null,
 *     restore: () => {},
 *   }),
 * })
 */
export function localEnvironment(options: LocalEnvironmentOptions): Environment {
  const {
    name,
    instructions,
    maxTurns,
    tasks,
    parseAction = parseTaggedAction,
    invalidAction = invalidActionText,
  } = options
  return {
    name,
    instructions,
    maxTurns,
    parseAction,
    invalidAction,
    taskIds: async (split) => {
      if (split !== 'train' && split !== 'test')
        throw new IcrlError(`${name}: no split "${String(split)}".`, {
          code: 'invalid-option',
          remedy: 'Use train or test.',
        })
      return tasks[split]
    },
    open: async () => localEpisode(name, options.play),
  }
}

interface Running {
  readonly taskId: string
  readonly play: LocalPlay
  last: EpisodeStep | undefined
}

function localEpisode(
  name: string,
  play: LocalEnvironmentOptions['play'],
): Episode & Required<Pick<Episode, 'snapshot' | 'restore'>> {
  let running: Running | undefined
  let closed = false
  const fail = (what: string): IcrlError =>
    new IcrlError(`${name}: ${what}.`, {
      code: 'environment-failed',
      remedy: closed ? 'Open another episode.' : 'Reset to a task first.',
    })
  const current = (): Running => {
    if (closed || !running)
      throw fail(closed ? 'the episode is closed' : 'no task has been started')
    return running
  }
  return {
    reset: async (taskId, signal) => {
      signal?.throwIfAborted()
      if (closed) throw fail('the episode is closed')
      running = { taskId, play: await play(taskId), last: undefined }
      return running.play.start
    },
    step: async (action, signal) => {
      signal?.throwIfAborted()
      const now = current()
      if (!now.last?.done) now.last = await now.play.step(action, signal)
      return now.last
    },
    snapshot: async () => {
      const { taskId, play: played, last } = current()
      return JSON.stringify({ taskId, last, state: played.snapshot() })
    },
    restore: async (snapshot) => {
      if (closed) throw fail('the episode is closed')
      const { taskId, last, state } = readSnapshot(name, snapshot)
      const played = await play(taskId)
      played.restore(state)
      running = { taskId, play: played, last }
    },
    close: async () => {
      closed = true
      running = undefined
    },
  }
}

function readSnapshot(
  name: string,
  snapshot: string,
): { taskId: string; last: EpisodeStep | undefined; state: unknown } {
  try {
    const value = JSON.parse(snapshot)
    if (typeof value.taskId === 'string' && 'state' in value) return value
  } catch (cause) {
    throw new IcrlError(`${name}: a snapshot that is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Restore what snapshot() gave.',
      cause,
    })
  }
  throw new IcrlError(`${name}: a snapshot of another kind.`, {
    code: 'corrupt-file',
    remedy: 'Restore what snapshot() gave.',
  })
}
