import type { SessionProtocol, SessionResult, Task } from '@icrl/core'
import type { RunRole } from '@icrl/trainer'
import type { Arm } from '../method-experiment.ts'

/** Options of {@link gatheredArm}. */
export interface GatheredArmOptions<T extends Task> {
  readonly protocol: SessionProtocol<T>
  readonly tasks: readonly T[]
  readonly sessions?: number
  readonly roles?: Readonly<Record<string, RunRole>>
  readonly figures?: (sessions: readonly SessionResult[]) => Readonly<Record<string, number>>
}

/** An arm of which nothing learns: what its sessions come to, all their tokens counted. */
export function gatheredArm<T extends Task>({
  figures = () => ({}),
  ...gathered
}: GatheredArmOptions<T>): Arm {
  return async ({ lab }) => {
    const sessions = await lab.gather('sessions', gathered)
    const share = (of: (session: SessionResult) => boolean): number =>
      sessions.filter(of).length / sessions.length
    return {
      last: share(({ outcomes }) => outcomes.at(-1)!.success),
      first: share(({ outcomes }) => outcomes[0].success),
      harmed: share(({ outcomes }) => outcomes[0].success && !outcomes.at(-1)!.success),
      ...figures(sessions),
    }
  }
}
