import type { Policy, Snapshot, StepOptions, StepStats } from '@icrl/core'

/** AdamW's rates for one step. */
export interface AdamRates {
  /** Decay of the first moment. */
  readonly beta1: number
  /** Decay of the second moment. */
  readonly beta2: number
  /** Added to the root of the second moment. */
  readonly epsilon: number
  /** Decoupled decay of the weights. */
  readonly weightDecay: number
}

/** A model that clients train: a `LocalPolicy` of `@icrl/backbone` is one. */
export interface ServedPolicy extends Policy, AsyncDisposable {
  /** Updates the adapter by the gradients that were added up. */
  step(options: StepOptions & { readonly rates?: AdamRates }): Promise<StepStats>
  /** Takes the adapter and moments of a checkpoint. */
  restore(snapshot: Snapshot): Promise<void>
}

/** An adapter that a client asked for. */
export interface ServedAdapter {
  /** Columns of A, rows of B. */
  readonly rank: number
  /** Scale: the update is alpha / rank · B A. */
  readonly alpha: number
  /** Of its first values. */
  readonly seed: number
  /** Linear layers that get one, by their names in Qwen and Llama. */
  readonly targets: readonly string[]
}

/** The base below all adapters: a `LocalPolicy` with an adapter of its own is one. */
export interface ServedBase {
  /** The base as it is, without any adapter. */
  baseSnapshot(): Promise<Snapshot>
  /** A policy of an adapter of its own over the same weights. */
  withAdapter(options: { readonly name: string; readonly adapter: ServedAdapter }): ServedPolicy
}
