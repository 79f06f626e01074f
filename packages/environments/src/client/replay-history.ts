import type { EpisodeStart, EpisodeStep } from '@icrl/core'
import type { CallLimits, HeldSession } from './held-session.ts'
import { isRequestFailure, RequestFailure } from './request-json.ts'

/** A step taken, and what was known after it. */
export interface PlayedStep {
  readonly action: string
  readonly step: EpisodeStep
  /** The server's own observation. */
  readonly raw: string | undefined
  readonly memory: ReadonlyMap<string, string>
}

/** What has been played, so that it can be played again. */
export interface History {
  readonly taskId: string
  readonly item: number
  readonly start: EpisodeStart
  readonly raw: string | undefined
  readonly steps: PlayedStep[]
}

const sameStep = (a: EpisodeStep, b: EpisodeStep): boolean =>
  a.observation === b.observation && a.reward === b.reward && a.done === b.done

/**
 * Takes a known step again. If its answer is lost, the server's last observation tells whether the
 * step was taken.
 */
async function retake(
  held: HeldSession,
  { action, step, raw, memory: after }: PlayedStep,
  before: string | undefined,
  limits: CallLimits,
): Promise<EpisodeStep> {
  const { dialect, memory } = held
  for (;;) {
    try {
      return await dialect.step(await held.calls(limits), action)
    } catch (error) {
      const isUnclear = isRequestFailure(error) && error.kind === 'unknown' && limits.tries.left > 0
      if (!isUnclear || !dialect.observation || raw === undefined || raw === before) throw error
      limits.tries.left--
      const now = await dialect.observation(await held.calls(limits))
      if (now !== raw && now !== before) throw error
      if (now === raw) {
        memory.clear()
        for (const [key, value] of after) memory.set(key, value)
        return step
      }
    }
  }
}

/**
 * Starts a task afresh, takes its steps again and compares every answer.
 *
 * @throws RequestFailure if the task goes another way, or a request fails
 */
export async function replayHistory(
  held: HeldSession,
  { item, taskId, start, raw, steps }: History,
  limits: CallLimits,
): Promise<void> {
  const diverged = new RequestFailure(
    `${held.where()}: task ${taskId} went another way when it was played again after a fault.`,
    'rejected',
  )
  if ((await held.start(item, limits)).observation !== start.observation) throw diverged
  let before = raw
  for (const played of steps) {
    if (!sameStep(await retake(held, played, before, limits), played.step)) throw diverged
    before = played.raw
  }
}
