/**
 * An estimate of the KL at one sampled token, and its exact derivative in the current
 * log-probability.
 */
export interface KlTerm {
  readonly value: number
  readonly gradient: number
}

/** A per-token estimate of KL(π_θ ‖ π_ref) from log-probabilities in nats. */
export type KlEstimator = (logprob: number, referenceLogprob: number) => KlTerm
