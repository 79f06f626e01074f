import { IcrlError, isIcrlError, type Episode, type EpisodeStep } from '@icrl/core'
import { unknownTask } from '../local-environment.ts'
import type { Dialect } from './dialect.ts'
import { holdSession, type CallLimits, type HeldSession } from './held-session.ts'
import { replayHistory, type History } from './replay-history.ts'
import { retry, startTries, type RetryOptions } from './retry.ts'
import type { ServerPool } from './server-pool.ts'

const misuse = (what: string, remedy: string): IcrlError =>
  new IcrlError(what, { code: 'environment-failed', remedy })

async function startTask(held: HeldSession, taskId: string, limits: CallLimits): Promise<History> {
  if (!/^(0|[1-9]\d{0,8})$/.test(taskId)) throw unknownTask(held.dialect.name, taskId)
  const item = Number(taskId)
  try {
    const { tries, signal } = limits
    const start = await retry(() => held.start(item, limits), tries, signal, held.mayRecover)
    return { taskId, item, start, raw: held.told.raw, steps: [] }
  } catch (error) {
    throw isIcrlError(error) && /index out of range|game \d+ is not valid/.test(error.message)
      ? unknownTask(held.dialect.name, taskId)
      : error
  }
}

async function takeStep(
  held: HeldSession,
  played: History,
  action: string,
  limits: CallLimits,
): Promise<EpisodeStep> {
  let isClean = true
  const attempt = async (): Promise<EpisodeStep> => {
    if (!isClean || !held.isCurrent()) await replayHistory(held, played, limits)
    isClean = true
    return held.dialect.step(await held.calls(limits), action)
  }
  const step = await retry(attempt, limits.tries, limits.signal, (failure) => {
    if (failure.kind !== 'not-sent') isClean = false
    return held.mayRecover(failure)
  })
  played.steps.push({ action, step, raw: held.told.raw, memory: new Map(held.memory) })
  return step
}

/**
 * An episode on an AgentGym server that survives the server's faults. A step whose answer is lost
 * may or may not have been taken, so it is never simply sent again. Instead the task is started
 * afresh, on another session if need be, the steps so far are taken again and their answers
 * compared, and then the step is taken once. So a lost answer, a restart or an error 500 costs time
 * but changes nothing. All that one reset or step takes shares its tries and their time. Each
 * session that was created is closed, those that were given up as well.
 */
export function agentgymEpisode(
  dialect: Dialect,
  pool: ServerPool,
  options: RetryOptions,
): Episode {
  const held = holdSession(dialect, pool)
  const limitsOf = (signal: AbortSignal | undefined): CallLimits => ({
    tries: startTries(options),
    signal,
  })
  let history: History | undefined
  let isClosed = false
  // After a step that failed for good, the server's state is in doubt: the next call must be a
  // reset.
  return {
    reset: async (taskId, signal) => {
      if (isClosed) throw misuse(`${dialect.name}: the episode is closed.`, 'Open another episode.')
      history = undefined
      history = await startTask(held, taskId, limitsOf(signal))
      return history.start
    },
    step: async (action, signal) => {
      const played = history
      if (!played)
        throw misuse(`${dialect.name}: no task has been started.`, 'Reset to a task first.')
      const last = played.steps.at(-1)?.step
      if (last?.done) return last
      try {
        return await takeStep(held, played, action, limitsOf(signal))
      } catch (error) {
        history = undefined
        throw error
      }
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      history = undefined
      await held.release()
    },
  }
}
