import {
  IcrlError,
  isIcrlError,
  type Environment,
  type Episode,
  type EpisodeStart,
  type EpisodeStep,
} from '@icrl/core'

import { shownValue } from '../shown-value.ts'
import { within, TookTooLong, type Limit } from '../sessions/within.ts'

export interface ReplayedEpisodeOptions {
  readonly environment: Environment
  /** The task's id in the environment. */
  readonly taskId: string
  /** Errors that one attempt survives, by starting over after each. */
  readonly retries: number
  /** How long a call may take. One that takes longer is not repeated. */
  readonly limit: Limit
  readonly signal: AbortSignal
  /** Called with every error, survived or not. */
  readonly onError?: (error: IcrlError) => void
}

/** An episode that outlives errors of its environment. */
export interface ReplayedEpisode {
  start(): Promise<EpisodeStart>
  step(action: string): Promise<EpisodeStep>
  /**
   * Closes what is open. An error of closing goes to `onError` alone, since the attempt is already
   * complete.
   */
  close(): Promise<void>
}

/**
 * Runs one task of an environment. After an error it opens a fresh episode, resets it and repeats
 * the actions taken so far, so that no token is sampled twice. That does not work with an
 * environment that answers the repeated actions differently.
 *
 * @throws `environment-failed` if the retries are used up, a repeat differs, or the environment
 * refuses the task or has tried enough itself (its own `invalid-option`, or an error with
 * `triedEnough`: trying again would not help).
 */
export function replayedEpisode({
  environment,
  taskId,
  retries,
  limit,
  signal,
  onError,
}: ReplayedEpisodeOptions): ReplayedEpisode {
  const where = `environment "${environment.name}", task "${taskId}"`
  const taken: { action: string; step: EpisodeStep }[] = []
  let started: EpisodeStart | undefined
  let episode: Episode | undefined
  let left = retries

  const limited = <T>(what: string, call: Promise<T>): Promise<T> =>
    within(limit, what, call, signal)
  const closed = async (open: Episode | undefined): Promise<void> => {
    if (!open) return
    await limited('close', open.close()).catch((cause: unknown) =>
      onError?.(failure(`${where}: closing failed`, cause)),
    )
  }
  const close = async (): Promise<void> => {
    const open = episode
    episode = undefined
    await closed(open)
  }
  const opened = async (): Promise<Episode> => {
    const opening = environment.open(signal)
    try {
      return await limited('open', opening)
    } catch (error) {
      // One that comes too late is of no use to anyone, and its own error comes too late as well.
      if (error instanceof TookTooLong) void opening.then(closed, () => undefined)
      throw error
    }
  }
  const open = async (): Promise<Episode> => {
    episode = await opened()
    const start = await limited('reset', episode.reset(taskId, signal))
    if (started && (start.task !== started.task || start.observation !== started.observation))
      throw differs(`${where}: a second reset`)
    started = checkedStart(start, where)
    for (const [i, { action, step }] of taken.entries()) {
      const again = await limited('step', episode.step(action, signal))
      if (
        again.observation !== step.observation ||
        again.reward !== step.reward ||
        again.success !== step.success ||
        again.done !== step.done
      )
        throw differs(`${where}: action ${i + 1}, repeated`)
    }
    return episode
  }
  const attempt = async <Result>(
    doing: string,
    run: (episode: Episode) => Promise<Result>,
  ): Promise<Result> => {
    for (;;) {
      try {
        return await run(episode ?? (await open()))
      } catch (cause) {
        const error = cause instanceof Differs ? cause : failure(`${where}: ${doing} failed`, cause)
        onError?.(error)
        // Whoever hangs may hang in closing, too.
        const closing = close()
        if (!(cause instanceof TookTooLong)) await closing
        if (
          error instanceof Differs ||
          cause instanceof TookTooLong ||
          isIcrlError(cause, 'invalid-option') ||
          (isIcrlError(cause) && cause.triedEnough) ||
          left === 0 ||
          signal.aborted
        )
          throw error
        left--
      }
    }
  }
  return {
    start: () => attempt('starting', async () => started!),
    step: async (action) => {
      const step = await attempt(`action ${taken.length + 1}`, (running) =>
        limited('step', running.step(action, signal)).then((result) => checkedStep(result, where)),
      )
      taken.push({ action, step })
      return step
    },
    close,
  }
}

class Differs extends IcrlError {}

function differs(what: string): Differs {
  return new Differs(`${what} was answered differently.`, {
    code: 'environment-failed',
    remedy:
      'The environment is not deterministic, so a lost episode cannot be repeated; set environmentRetries to 0 and accept the loss.',
  })
}

function failure(what: string, cause: unknown): IcrlError {
  return new IcrlError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    code: 'environment-failed',
    remedy: 'See the cause; raise environmentRetries if it is passing.',
    cause,
  })
}

function checkedStart(start: EpisodeStart, where: string): EpisodeStart {
  const { task, observation } = start
  if (typeof task === 'string' && typeof observation === 'string') return start
  throw new IcrlError(
    `${where}: a reset answered a task of type ${typeof task} and an observation of type ${typeof observation}.`,
    { code: 'environment-failed', remedy: 'A reset has both in words.' },
  )
}

function checkedStep(step: EpisodeStep, where: string): EpisodeStep {
  const { observation, reward, success, done } = step
  const isJudged =
    Number.isFinite(reward) && (success === undefined || typeof success === 'boolean')
  if (isJudged && typeof observation === 'string' && typeof done === 'boolean') return step
  throw new IcrlError(
    `${where}: a step answered reward ${shownValue(reward)}, success ${shownValue(success)}, done ${shownValue(done)} and an observation of type ${typeof observation}.`,
    {
      code: 'environment-failed',
      remedy:
        'A step has a finite reward, an observation in words, and true or false for `done` and `success`.',
    },
  )
}
