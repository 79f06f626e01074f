import type { SessionResult } from '@icrl/core'

/** Rewards of a session's attempts, first to last. */
export const rewardsOf = ({ outcomes }: Pick<SessionResult, 'outcomes'>): number[] =>
  outcomes.map(({ reward }) => reward)
