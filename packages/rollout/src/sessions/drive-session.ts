import {
  isIcrlError,
  outcomeOf,
  type Coroutine,
  type ErrorCode,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type SessionResult,
  type Task,
  type TranscriptEntry,
  type TurnReply,
  type TurnRequest,
} from '@icrl/core'
import { sampledTokens } from '../join-sessions.ts'
import { sessionResult } from '../protocols/session-result.ts'
import { answerTurn, type Responder } from './answer-turn.ts'
import { boundRole } from './session-context.ts'
import { orAborted, reasonOf } from './or-aborted.ts'

export interface DriveOptions<T extends Task> {
  readonly protocol: SessionProtocol<T>
  readonly task: T
  readonly context: SessionContext
  readonly samplers: Readonly<Record<string, Responder>>
  readonly onTurn?: (event: TurnEvent) => void
}

/** A role was asked, and answered. */
export interface TurnEvent {
  /** What was asked. */
  readonly request: TurnRequest
  /** What was answered. */
  readonly reply: TurnReply
}

/** Errors that every session would meet: they stop the run instead of failing one session. */
const MISTAKES: readonly ErrorCode[] = [
  'invalid-option',
  'invalid-shape',
  'unsupported',
  'vocabulary-mismatch',
  'non-finite',
  'missing-file',
  'corrupt-file',
]

/** What was sampled and finished so far; a failure reports it. */
interface Progress {
  /** Tokens of roles that are trained. */
  tokens: number
  /** Replies since the last attempt that was finished. */
  said: TranscriptEntry[]
  /** Finished parts up to the last attempt. */
  readonly kept: SessionPart[]
  /** Finished parts after it. */
  readonly pending: SessionPart[]
}

/**
 * Runs one session to its end. An error of its environment, its verifier or an endpoint, and the
 * time limit, end it with a `failure`. What it finished up to its last attempt stays; the failure
 * counts the other tokens it had sampled for training.
 *
 * @throws mistakes of the caller, and the reason of `context.signal` if that was not a time-out.
 */
export async function driveSession<T extends Task>({
  protocol,
  task,
  context,
  samplers,
  onTurn,
}: DriveOptions<T>): Promise<SessionResult> {
  const progress: Progress = {
    tokens: 0,
    said: [],
    kept: [],
    pending: [],
  }
  const coroutine = protocol(task, { ...context, keep: (part) => keep(part, progress) })
  try {
    const work = drive(coroutine, context, { samplers, onTurn }, progress)
    return judged(await orAborted(work, context.signal))
  } catch (thrown) {
    abandon(coroutine)
    const error = context.signal.aborted ? reasonOf(context.signal) : thrown
    if (isMistake(error) || (context.signal.aborted && !isIcrlError(error, 'timeout'))) throw error
    return judged(failedSession(task, context, error, progress))
  }
}

/** The result with every outcome checked, also those that a protocol made by hand. */
function judged(result: SessionResult): SessionResult {
  const { task, session } = result
  const where = `session ${session} of task "${task}"`
  return { ...result, outcomes: result.outcomes.map((outcome) => outcomeOf(outcome, where)) }
}

/** An attempt makes everything before it final: a critique stays once an attempt followed it. */
function keep(part: SessionPart, progress: Progress): void {
  const { kept, pending } = progress
  if (!part.outcome) return void pending.push(part)
  kept.push(...pending.splice(0).map((earlier) => without(earlier, part)), part)
  progress.said = []
}

/** An attempt's further parts were kept when they ended; the attempt has them with its reward. */
function without(earlier: SessionPart, { samples, transcript }: SessionPart): SessionPart {
  const ids = new Set(samples.map(({ id }) => id))
  return {
    samples: earlier.samples.filter(({ id }) => !ids.has(id)),
    transcript: earlier.transcript.filter((entry) => !transcript.includes(entry)),
  }
}

function failedSession(
  task: Task,
  context: SessionContext,
  error: unknown,
  { kept, said, tokens }: Progress,
): SessionResult {
  const result = sessionResult(task, context, kept)
  return {
    ...result,
    transcript: [...result.transcript, ...said],
    failure: {
      reason: error instanceof Error ? error.message : String(error),
      error,
      tokens: tokens - sampledTokens(result),
    },
  }
}

async function drive(
  coroutine: Coroutine<SessionResult>,
  context: SessionContext,
  turns: Pick<DriveOptions<Task>, 'samplers' | 'onTurn'>,
  progress: Progress,
): Promise<SessionResult> {
  let step = await coroutine.next()
  while (!step.done) {
    const resume = await answered(step.value, context, turns, progress)
    step = resume.reply ? await coroutine.next(resume.reply) : await coroutine.throw(resume.error)
  }
  return step.value
}

/**
 * A reply, or the error to raise inside the coroutine, at the point where it waits, so that its
 * `finally` blocks run.
 */
async function answered(
  request: TurnRequest,
  context: SessionContext,
  { samplers, onTurn }: Pick<DriveOptions<Task>, 'samplers' | 'onTurn'>,
  progress: Progress,
): Promise<{ reply?: TurnReply; error?: unknown }> {
  const { role, round } = request.key
  try {
    if (context.signal.aborted) throw reasonOf(context.signal)
    const binding = boundRole(context.roles, role)
    const reply = await answerTurn(request, samplers[role], binding, context.signal)
    onTurn?.({ request, reply })
    if (binding.policy !== undefined) progress.tokens += reply.tokens.length
    progress.said.push({ role, round, text: reply.text })
    if (reply.finish === 'aborted') throw reasonOf(context.signal)
    return { reply }
  } catch (error) {
    return { error }
  }
}

function isMistake(error: unknown): boolean {
  return isIcrlError(error) && MISTAKES.includes(error.code)
}

/**
 * Ends a coroutine whose session is over. It may have ended, wait for a reply, or be stuck in an
 * await that ignores its signal. Its `finally` blocks run now, or when that await settles; by then
 * nobody waits for their errors.
 */
function abandon(coroutine: Coroutine<SessionResult>): void {
  coroutine.return(undefined as never).catch(() => undefined)
}
