import { IcrlError, isIcrlError, type Episode, type EpisodeStart, type EpisodeStep } from '@icrl/core'
import { unknownTask } from '../local-environment.ts'
import type { Dialect, SessionCalls } from './dialect.ts'
import { RequestFailure } from './request-json.ts'
import { retry, type RetryOptions } from './retry.ts'
import type { PooledServer } from './server-pool.ts'
import { createSession, releaseSession, sessionCalls, type LastTold, type Session } from './session-calls.ts'

/** A step taken, and what was known after it. */
interface PlayedStep {
  readonly action: string
  readonly step: EpisodeStep
  readonly raw: string | undefined
  readonly memory: ReadonlyMap<string, string>
}

/** What has been played, so that it can be played again. */
interface History {
  readonly taskId: string
  readonly item: number
  readonly start: EpisodeStart
  readonly raw: string | undefined
  readonly steps: PlayedStep[]
}

const sameStep = (a: EpisodeStep, b: EpisodeStep): boolean => a.observation === b.observation && a.reward === b.reward && a.done === b.done

/**
 * An episode on an AgentGym server that survives the server's faults. A step whose answer is lost may or may not have been taken, so it
 * is never simply sent again: the task is started afresh, on another session if need be, the steps so far are taken again and their
 * answers compared, and then the step is taken once. So a lost answer, a restart or an error 500 costs time but changes nothing.
 */
export function agentgymEpisode(dialect: Dialect, server: PooledServer, options: RetryOptions): Episode {
  let session: Session | undefined
  let history: History | undefined
  let closed = false
  const memory = new Map<string, string>()
  const told: LastTold = { raw: undefined }
  server.load++

  const calls = async (signal: AbortSignal | undefined): Promise<SessionCalls> => {
    if (!session || session.epoch !== server.epoch) session = await createSession(server, dialect, options, signal)
    return sessionCalls(server, dialect, session, memory, told, options, signal)
  }
  const start = async (item: number, signal: AbortSignal | undefined): Promise<EpisodeStart> => {
    memory.clear()
    return dialect.reset(await calls(signal), item)
  }
  const mayRecover = ({ kind, status }: RequestFailure): boolean => {
    if (kind === 'server-lost' && session?.epoch === server.epoch) server.epoch++
    // An answer 500 is how some of the original servers say that they do not know the session.
    if (kind === 'server-lost' || kind === 'session-lost' || status === 500) session = undefined
    return kind !== 'rejected'
  }
  /** Takes a known step again; where its answer is lost, the server's last observation tells whether it was taken. */
  const retake = async ({ action, step, raw, memory: after }: PlayedStep, before: string | undefined, signal: AbortSignal | undefined): Promise<EpisodeStep> => {
    for (let failures = 0; ; failures++) {
      try {
        return await dialect.step(await calls(signal), action)
      } catch (error) {
        const isUnclear = error instanceof RequestFailure && error.kind === 'unknown' && failures < options.retries
        if (!isUnclear || !dialect.observation || raw === undefined || raw === before) throw error
        const now = await dialect.observation(await calls(signal))
        if (now !== raw && now !== before) throw error
        if (now === raw) {
          memory.clear()
          for (const [key, value] of after) memory.set(key, value)
          return step
        }
      }
    }
  }
  const replay = async ({ item, taskId, start: first, raw, steps }: History, signal: AbortSignal | undefined): Promise<void> => {
    const diverged = new RequestFailure(`${server.url}: task ${taskId} went another way when it was played again after a fault.`, 'rejected')
    if ((await start(item, signal)).observation !== first.observation) throw diverged
    let before = raw
    for (const played of steps) {
      if (!sameStep(await retake(played, before, signal), played.step)) throw diverged
      before = played.raw
    }
  }
  return {
    reset: async (taskId, signal) => {
      if (closed) throw new IcrlError(`${dialect.name}: the episode is closed.`, { code: 'environment-failed', remedy: 'Open another episode.' })
      if (!/^(0|[1-9]\d{0,8})$/.test(taskId)) throw unknownTask(dialect.name, taskId)
      const item = Number(taskId)
      history = undefined
      try {
        const first = await retry(() => start(item, signal), options, signal, mayRecover)
        history = { taskId, item, start: first, raw: told.raw, steps: [] }
        return first
      } catch (error) {
        throw isIcrlError(error) && /index out of range|game \d+ is not valid/.test(error.message) ? unknownTask(dialect.name, taskId) : error
      }
    },
    step: async (action, signal) => {
      const played = history
      if (!played) throw new IcrlError(`${dialect.name}: no task has been started.`, { code: 'environment-failed', remedy: 'Reset to a task first.' })
      const last = played.steps.at(-1)?.step
      if (last?.done) return last
      let isClean = true
      const attempt = async (): Promise<EpisodeStep> => {
        if (!isClean || session?.epoch !== server.epoch) await replay(played, signal)
        isClean = true
        return dialect.step(await calls(signal), action)
      }
      const step = await retry(attempt, options, signal, (failure) => {
        if (failure.kind !== 'not-sent') isClean = false
        return mayRecover(failure)
      })
      played.steps.push({ action, step, raw: told.raw, memory: new Map(memory) })
      return step
    },
    close: async () => {
      if (closed) return
      closed = true
      history = undefined
      server.load--
      if (session && session.epoch === server.epoch) await releaseSession(dialect, server, session)
    },
  }
}
