import type { Policy, Snapshot, StepOptions, StepStats } from '@icrl/core'

/** AdamW's rates for one step. */
export interface AdamRates {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** A model that clients train: a `LocalPolicy` of `@icrl/backbone` is one. */
export interface ServedPolicy extends Policy, AsyncDisposable {
  step(options: StepOptions & { readonly rates?: AdamRates }): Promise<StepStats>
  restore(snapshot: Snapshot): Promise<void>
}

/** An adapter that a client asked for. */
export interface ServedAdapter {
  readonly rank: number
  readonly alpha: number
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
