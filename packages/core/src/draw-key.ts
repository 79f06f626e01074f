import { randomStream, type RandomStream } from './random.ts'
import type { Role } from './sample.ts'

/**
 * Names the random draws of one generation. A token's index is the index within the key's stream,
 * so key and index determine a draw, whatever else is sampled at the same time.
 */
export interface DrawKey {
  /** The run's seed. */
  readonly seed: number
  /** What is drawn for: training, an evaluation, or first values. */
  readonly domain: 'train' | 'eval' | 'init'
  /** 0-based training step. */
  readonly step: number
  /** The task's id. */
  readonly task: string
  /** 0-based session of the task. */
  readonly session: number
  /** The role that samples. */
  readonly role: Role
  /** 1-based attempt within the session. */
  readonly round: number
  /** 0 unless a method samples several continuations of one context. */
  readonly branch: number
  /** 0-based turn within the attempt. */
  readonly turn: number
}

/** The parent stream of the last call, kept because the draws of one batch share their step. */
let above:
  | {
      readonly seed: number
      readonly domain: string
      readonly step: number
      readonly stream: RandomStream
    }
  | undefined

/**
 * The random stream of one generation: `uniform(t)` draws its token t.
 *
 * @example
 * const u = drawStream({
 *   seed: 0,
 *   domain: 'train',
 *   step: 3,
 *   task: 'q7',
 *   session: 1,
 *   role: 'solver',
 *   round: 1,
 *   branch: 0,
 *   turn: 0,
 * }).uniform(0)
 */
export function drawStream({
  seed,
  domain,
  step,
  task,
  session,
  role,
  round,
  branch,
  turn,
}: DrawKey): RandomStream {
  if (above?.seed !== seed || above.domain !== domain || above.step !== step)
    above = { seed, domain, step, stream: randomStream(seed, domain, step) }
  return above.stream.child(task, session, role, round, branch, turn)
}
