import { keepSamples } from '@icrl/advantage'
import { IcrlError, type Recipe, type Task } from '@icrl/core'
import { plainRetry, solveCritiqueRevise } from '@icrl/rollout'
import { collectSessions } from '../collect/collect-sessions.ts'
import { collectShuffled } from '../collect/collect-shuffled.ts'
import { markLeaks } from '../collect/mark-leaks.ts'
import type { IcrlSession } from './icrl-session.ts'

/** Who critiques: the policy itself, its first weights, the policy about another task, nobody. */
export type CriticName = 'shared' | 'frozen' | 'shuffled' | 'none'

/** Who critiques decides how sessions are gathered and whose samples are trained. */
export type CriticPart<T extends Task> = Pick<Recipe<T>, 'collect' | 'filters' | 'frozenRoles'>

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
  return { ...shared(session), filters: [solverOnly], frozenRoles: ['critic'] }
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
 * `shared`: the policy critiques itself and learns to. `frozen`: the initial policy critiques,
 * and only the solver learns. `shuffled`: control, every revision sees another task's critique.
 * `none`: control, plain retries without critique.
 */
export const critics: Readonly<
  Record<CriticName, <T extends Task>(session: IcrlSession<T>) => CriticPart<T>>
> = { shared, frozen, shuffled, none }
