import { IcrlError, type Sample, type SessionResult } from '@icrl/core'
import type { FilteredSamples } from './learn-step.ts'
import { sessionKey } from './token-meter.ts'

/** Where a step's sampled training tokens went; `generated` is the sum of the others. */
export interface Ledger {
  /** All tokens that were sampled for roles with a policy to train. */
  readonly generated: number
  /** Tokens that sessions lost by failing; what they had finished is not among them. */
  readonly failed: number
  /**
   * Tokens that a filter dropped, or the collector with the whole session, or that were in skipped
   * optimizer batches alone.
   */
  readonly filtered: number
  /** Tokens of samples left out because they were cut off at a length limit. */
  readonly truncated: number
  /** Tokens whose loss terms and gradients were all 0. */
  readonly zeroAdvantage: number
  /** Tokens that had a loss term or gradient other than 0. */
  readonly trained: number
}

export interface BalanceLedgerOptions {
  readonly step: number
  readonly sessions: readonly SessionResult[]
  /** As rewarded, before filters. */
  readonly samples: readonly Sample[]
  /** Ids of the samples that this step's sessions made: others are on neither side. */
  readonly sampled: ReadonlySet<string>
  /** Tokens that the samplers counted, by `sessionKey`. */
  readonly metered: ReadonlyMap<string, number>
  /** What the filters left out. */
  readonly fates: Omit<FilteredSamples, 'kept'>
  /** Tokens of each trained sample that had a loss term or gradient other than 0, by id. */
  readonly trainedTokens: ReadonlyMap<string, number>
}

/**
 * Double entry: compares what the samplers counted with what became of it. Demonstrations,
 * and sessions and samples of earlier steps, were not sampled in this step, and are on neither side.
 *
 * @throws `ledger-unbalanced` naming the first session whose tokens do not add up.
 */
export function balanceLedger({
  step,
  sessions,
  samples,
  sampled,
  metered,
  fates,
  trainedTokens,
}: BalanceLedgerOptions): Ledger {
  const ledger = {
    generated: 0,
    failed: 0,
    filtered: 0,
    truncated: 0,
    zeroAdvantage: 0,
    trained: 0,
  }
  const returned = new Map<string, number>()
  const own = sessions.filter((session) => (session.step ?? step) === step)
  for (const session of own) {
    if (session.failure) ledger.failed += session.failure.tokens
    returned.set(sessionKey(session), 0)
  }
  for (const sample of samples) {
    const session = sessionKey(sample.keys)
    if (!sampled.has(sample.id) || !metered.has(session)) continue
    const tokens = sample.mask.reduce((sum, one) => sum + one, 0)
    const trained = trainedTokens.get(sample.id) ?? 0
    returned.set(session, (returned.get(session) ?? 0) + tokens)
    if (fates.filtered.has(sample.id)) ledger.filtered += tokens
    else if (fates.truncated.has(sample.id)) ledger.truncated += tokens
    else {
      ledger.trained += trained
      ledger.zeroAdvantage += tokens - trained
    }
  }
  const lost = new Map(
    own.flatMap((session): [string, number][] =>
      session.failure ? [[sessionKey(session), session.failure.tokens]] : [],
    ),
  )
  ledger.generated = ledger.failed
  for (const [session, tokens] of metered) {
    const found = returned.get(session)
    if (lost.has(session)) {
      // What was sampled after the failure is in no account of the session.
      const accounted = (found ?? 0) + lost.get(session)!
      if (accounted > tokens) throw unbalanced(step, session, tokens, accounted)
      ledger.generated += found ?? 0
      continue
    }
    ledger.generated += tokens
    if (found === undefined) ledger.filtered += tokens
    else if (found !== tokens) throw unbalanced(step, session, tokens, found)
  }
  return ledger
}

function unbalanced(step: number, session: string, sampled: number, found: number): IcrlError {
  const [number, ...task] = session.split('/')
  return new IcrlError(
    `ledger of step ${step}: session ${number} of task "${task.join('/')}" sampled ${sampled} tokens, its samples have ${found}.`,
    {
      code: 'ledger-unbalanced',
      remedy:
        'A protocol must return a sample for every generation of a trained role, and a reward rule must keep them all; leaving samples out is a filter’s work.',
    },
  )
}
