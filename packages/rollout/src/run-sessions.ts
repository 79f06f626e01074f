import {
  IcrlError,
  type RoleBinding,
  type SessionProtocol,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { checkSampling, type Responder } from './sessions/answer-turn.ts'
import { deadline, type Deadline } from './sessions/deadline.ts'
import { driveSession, type TurnEvent } from './sessions/drive-session.ts'
import { reasonOf } from './sessions/or-aborted.ts'
import { sessionContext, type Draw } from './sessions/session-context.ts'

/** Options of {@link runSessions}. */
export interface RunSessionsOptions<T extends Task = Task> {
  /** What a session does. */
  readonly protocol: SessionProtocol<T>
  /** A task that is listed twice gets twice the sessions, numbered in sequence. */
  readonly tasks: readonly T[]
  /** Sessions per task, 1 or more. */
  readonly sessions: number
  /** Number of each task's first session, which is part of its draws. @defaultValue 0 */
  readonly firstSession?: number
  /** What answers each role. */
  readonly samplers: Readonly<Record<string, Responder>>
  /** How each role speaks, and which policy is trained on it. */
  readonly bindings: Readonly<Record<string, RoleBinding>>
  /** Which of the run's draws the sessions take. */
  readonly draw: Draw
  /** Sessions under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take once it has begun. @defaultValue no limit */
  readonly timeoutMs?: number
  /**
   * Ends everything: the promise rejects with `aborted`, or with the signal's reason if that is an
   * error of its own.
   *
   * @defaultValue nothing ends it
   */
  readonly signal?: AbortSignal
  /**
   * Called with every reply as it comes, also with one that was cut short.
   *
   * @defaultValue nobody is told
   */
  readonly onTurn?: (event: TurnEvent) => void
  /**
   * Called whenever a session ends, in the order in which they end.
   *
   * @defaultValue nobody is told
   */
  readonly onSession?: (result: SessionResult) => void
}

interface Job<T> {
  readonly task: T
  readonly session: number
}

/**
 * Runs many sessions at once, at most `concurrency` of them: a fast session's critique and revision
 * are sampled while a slow one still writes its first attempt. Results are ordered by task, then
 * session, whatever finishes first, and every draw is keyed by its place, so neither the order nor
 * `concurrency` changes a token.
 *
 * A session that throws, times out or loses its environment comes back with a `failure` that counts
 * the tokens it had sampled for training; the others go on.
 *
 * @throws `invalid-option` before anything runs: a role without a sampler; a trained role, in a
 * training rollout, with top-p, top-k, temperature 0 or an endpoint that answers in text; counts
 * below 1. Mistakes that every session would meet (broken shapes,
 * non-finite log-probabilities) also stop the run.
 * @example
 * import { runSessions, singleTurn, solveOnce, type RunSessionsOptions } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 * declare const model: Pick<RunSessionsOptions, 'samplers' | 'bindings'>
 * declare const tasks: QuestionTask[]
 * const attempt = singleTurn<QuestionTask>({
 *   prompt: (task) => [{ role: 'user', content: task.question }],
 *   verifier: ({ text, task }) => ({ reward: text.trim() === task.answer ? 1 : 0, valid: true }),
 * })
 * const results = await runSessions({
 *   ...model,
 *   protocol: solveOnce(attempt),
 *   tasks,
 *   sessions: 8,
 *   draw: { seed: 0, domain: 'train', step: 0 },
 * })
 */
export async function runSessions<T extends Task>(
  options: RunSessionsOptions<T>,
): Promise<SessionResult[]> {
  checkOptions(options)
  const { tasks, sessions, firstSession = 0, concurrency = 64, signal, onSession } = options
  const jobs = jobsOf(tasks, sessions, firstSession)
  const results = new Array<SessionResult>(jobs.length)
  const stop = stopSwitch(signal)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < jobs.length && !stop.signal.aborted) {
      const at = next++
      try {
        results[at] = await runJob(options, jobs[at], stop.running)
        onSession?.(results[at])
      } catch (error) {
        stop.abort(error)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker))
  } finally {
    stop.release()
  }
  if (stop.signal.aborted) throw reasonOf(stop.signal)
  return results
}

async function runJob<T extends Task>(
  { protocol, samplers, bindings, draw, timeoutMs, onTurn }: RunSessionsOptions<T>,
  { task, session }: Job<T>,
  running: Set<Deadline>,
): Promise<SessionResult> {
  using limit = deadline(timeoutMs, `session ${session} of task "${task.id}"`)
  const context = sessionContext({
    roles: bindings,
    draw,
    task: task.id,
    session,
    signal: limit.signal,
  })
  running.add(limit)
  try {
    const result = await driveSession({ protocol, task, context, samplers, onTurn })
    return { ...result, step: draw.step }
  } finally {
    running.delete(limit)
  }
}

/**
 * Stops the run, by the caller's signal or by `abort`, and passes the first reason on to every
 * session that is running.
 */
function stopSwitch(parent: AbortSignal | undefined): {
  signal: AbortSignal
  running: Set<Deadline>
  abort(reason: unknown): void
  release(): void
} {
  const running = new Set<Deadline>()
  const controller = new AbortController()
  const abort = (reason: unknown): void => {
    if (controller.signal.aborted) return
    controller.abort(reason)
    for (const limit of running) limit.abort(reason)
  }
  const follow = (): void => abort(parent?.reason)
  if (parent?.aborted) follow()
  parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    running,
    abort,
    release: () => parent?.removeEventListener('abort', follow),
  }
}

function jobsOf<T extends Task>(
  tasks: readonly T[],
  sessions: number,
  firstSession: number,
): Job<T>[] {
  const begun = new Map<string, number>()
  return tasks.flatMap((task) => {
    const first = begun.get(task.id) ?? firstSession
    begun.set(task.id, first + sessions)
    return Array.from({ length: sessions }, (_, i) => ({ task, session: first + i }))
  })
}

function checkOptions<T extends Task>({
  sessions,
  firstSession = 0,
  concurrency = 64,
  timeoutMs,
  samplers,
  bindings,
  draw,
}: RunSessionsOptions<T>): void {
  checkCount('sessions', sessions)
  checkCount('firstSession', firstSession, 0)
  checkCount('concurrency', concurrency)
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= 0x7fff_ffff)) {
    throw new IcrlError(`runSessions: timeoutMs is ${timeoutMs}.`, {
      code: 'invalid-option',
      remedy: 'Use milliseconds above 0 and below 2^31, or leave it out.',
    })
  }
  for (const [role, binding] of Object.entries(bindings)) {
    if (!samplers[role])
      throw new IcrlError(`runSessions: role "${role}" has no sampler.`, {
        code: 'invalid-option',
        remedy: `Give samplers.${role}.`,
      })
    checkSampling(role, draw.domain === 'train', binding.sampling, samplers[role], binding)
  }
}

function checkCount(name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return
  throw new IcrlError(`runSessions: ${name} is ${value}.`, {
    code: 'invalid-option',
    remedy: `Use an integer of ${least} or more.`,
  })
}
