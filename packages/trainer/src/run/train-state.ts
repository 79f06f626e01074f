import { decodeSample, encodeSample, type Json, type Sample } from '@icrl/core'
import type { DataOrderState } from '../data-order.ts'
import type { EvaluationRecord } from '../train-options.ts'

/** All a run remembers between two steps, the policies' own weights and optimizers apart. */
export interface TrainState {
  /** Steps done. */
  readonly step: number
  readonly data: DataOrderState
  /** Training tokens sampled so far. */
  readonly tokens: number
  readonly evaluations: readonly EvaluationRecord[]
  /** The fixed answers w_t is followed on; empty until some exist. */
  readonly probe: readonly Sample[]
  /** Seconds spent on the steps so far. */
  readonly wallSeconds: number
}

/** The state as JSON. */
export function encodeState(state: TrainState): Json {
  return {
    ...state,
    data: { ...state.data },
    evaluations: state.evaluations.map((record) => ({ ...record })),
    probe: state.probe.map(encodeSample),
  }
}

/** The state of `encodeState`. */
export function decodeState(json: Json): TrainState {
  const state = json as unknown as Omit<TrainState, 'probe'> & { readonly probe: readonly string[] }
  return { ...state, probe: state.probe.map(decodeSample) }
}
