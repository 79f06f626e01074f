/**
 * What became of a call.
 *
 * `trained` — it continued a segment, or began a conversation; `divergent` — it came with a history
 * that is none of the session's, so a new segment began, which is trained like any other;
 * `auxiliary` — a title or a summary, answered and not trained; `quoting` — its segment repeats
 * guidance that cannot be removed, so it is not trained; `retried` — the same body again, answered
 * with the same answer; `late` — it came after the session had ended; `refused` — it asked for what
 * cannot be honoured, or the budget was spent; `failed` — the model could not answer.
 */
export type CallKind =
  | 'trained'
  | 'divergent'
  | 'auxiliary'
  | 'quoting'
  | 'retried'
  | 'late'
  | 'refused'
  | 'failed'

/** One call of a session: every call has an entry. */
export interface LedgerEntry {
  /** 0-based, in the order in which calls came. */
  readonly call: number
  /** What became of its tokens. */
  readonly kind: CallKind
  /** 0-based segment it belongs to. */
  readonly segment?: number
  /** Call that it repeats, for `retried`. */
  readonly repeats?: number
  /** Ids of its prompt. */
  readonly promptTokens: number
  /** Tokens of the answer. */
  readonly tokens: number
  /** Tokens that were drawn after a stop string and dropped. */
  readonly discarded: number
  /** What the client asked for and the run overruled, such as `temperature`. */
  readonly overruled: readonly string[]
  /** Why it was refused or failed. */
  readonly reason?: string
}

/** Calls and tokens of a ledger by kind. */
export type LedgerTotals = Readonly<
  Partial<Record<CallKind, { readonly calls: number; readonly tokens: number }>>
>

/**
 * Sums up a ledger.
 *
 * @example
 * declare const session: GatewaySession
 * console.log(ledgerTotals(session.ledger).trained?.tokens)
 */
export function ledgerTotals(entries: readonly LedgerEntry[]): LedgerTotals {
  const totals: Partial<Record<CallKind, { calls: number; tokens: number }>> = {}
  for (const { kind, tokens } of entries) {
    const sum = (totals[kind] ??= { calls: 0, tokens: 0 })
    sum.calls++
    sum.tokens += tokens
  }
  return totals
}
