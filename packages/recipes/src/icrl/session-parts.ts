import { criticGain, criticUtility, keepSamples } from '@icrl/advantage'
import {
  type AttemptProtocol,
  IcrlError,
  type Outcome,
  type Recipe,
  type SessionProtocol,
  type Task,
} from '@icrl/core'
import {
  type CriticOptions,
  type Gate,
  neverStop,
  plainRetry,
  solveCritiqueRevise,
  solveOnce,
  stopAtSuccess,
} from '@icrl/rollout'
import { collectSessions } from '../collect/collect-sessions.ts'
import { collectShuffled } from '../collect/collect-shuffled.ts'
import { markLeaks } from '../collect/mark-leaks.ts'

/** The parts of ICRL's sessions. */
export interface IcrlSession<T extends Task> extends CriticOptions<T> {
  readonly attempt: AttemptProtocol<T>
  /** K: most attempts of a session. */
  readonly rounds: number
  readonly gate: Gate
  readonly tasksPerStep: number
  readonly sessionsPerTask: number
}

/** Who critiques: the policy itself, its first weights, the policy about another task, nobody. */
export type CriticName = 'shared' | 'frozen' | 'shuffled' | 'none'

/** What depends on who critiques: how sessions are collected, and whose samples are trained. */
export type CriticPart<T extends Task> = Pick<Recipe<T>, 'collect' | 'filters'>

const solverOnly = keepSamples(({ keys }) => keys.role !== 'critic')

function shared<T extends Task>(session: IcrlSession<T>): CriticPart<T> {
  return {
    collect: markLeaks(
      collectSessions({ ...session, protocol: solveCritiqueRevise(session) }),
      (text) => session.parseCritique(text).critique,
    ),
  }
}

function frozen<T extends Task>(session: IcrlSession<T>): CriticPart<T> {
  return { ...shared(session), filters: [solverOnly] }
}

function shuffled<T extends Task>(session: IcrlSession<T>): CriticPart<T> {
  if (session.rounds !== 2)
    throw new IcrlError(`icrl: critic "shuffled" with ${session.rounds} rounds.`, {
      code: 'invalid-option',
      remedy: 'The control is defined for rounds: 2.',
    })
  return {
    collect: markLeaks(collectShuffled(session), (text) => session.parseCritique(text).critique),
  }
}

function none<T extends Task>(session: IcrlSession<T>): CriticPart<T> {
  return {
    collect: collectSessions({
      ...session,
      protocol: plainRetry(session.attempt, session.rounds, session.gate),
    }),
  }
}

/**
 * What the critic's role needs; nothing if no session of the recipe, nor an evaluation, has one.
 */
export function criticRole(
  name: CriticName,
  rounds: number,
  conditions: readonly EvaluationName[],
): NonNullable<Recipe['roles']> {
  const critiqued =
    name !== 'none' ||
    conditions.includes('with_critique') ||
    conditions.includes('ungated_critique')
  if (rounds === 1 || !critiqued) return {}
  return { critic: name === 'frozen' ? { frozen: true } : {} }
}

/**
 * `shared`: the policy critiques itself and learns to. `frozen`: the initial policy critiques,
 * and only the solver learns. `shuffled`: control, every revision sees another task's critique.
 * `none`: control, plain retries without critique.
 */
export const critics: Readonly<
  Record<CriticName, <T extends Task>(session: IcrlSession<T>) => CriticPart<T>>
> = { shared, frozen, shuffled, none }

/** Which attempts are critiqued: failures only (`oracle`), or all (`none`). */
export type GateName = 'oracle' | 'none'

/** When a session ends, and what its critiques are worth under that rule. */
export interface GatePart {
  readonly stop: Gate
  readonly worth: (before: Outcome, after: Outcome) => number
}

/**
 * `oracle`: critics see failures only, rewarded by eq. 3. `none`: they see every attempt, and their
 * reward is negative if they spoil a right one.
 */
export const gates: Readonly<Record<GateName, GatePart>> = {
  oracle: { stop: stopAtSuccess, worth: criticUtility },
  none: { stop: neverStop, worth: criticGain },
}

/** A condition under which held-out tasks are attempted; `critique_free` is the headline figure. */
export type EvaluationName = 'critique_free' | 'with_critique' | 'plain_retry' | 'ungated_critique'

/**
 * Conditions under which held-out tasks are attempted. `critique_free`, the first attempt alone, is
 * the headline figure. `with_critique` has up to K rounds under the recipe's gate. `plain_retry`
 * has as many rounds without critiques, to tell a critique's worth from a second chance's.
 * `ungated_critique` has every attempt critiqued, right ones too, to see what critiques spoil.
 */
export const evaluations: Readonly<
  Record<EvaluationName, <T extends Task>(session: IcrlSession<T>) => SessionProtocol<T>>
> = {
  critique_free: ({ attempt }) => solveOnce(attempt),
  with_critique: (session) => solveCritiqueRevise(session),
  plain_retry: ({ attempt, rounds, gate }) => plainRetry(attempt, rounds, gate),
  ungated_critique: (session) => solveCritiqueRevise({ ...session, gate: neverStop }),
}
