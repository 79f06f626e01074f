import { decodeSample, encodeSample, type Json, type Sample } from '@icrl/core'
import type { DataOrderState } from '../data-order.ts'
import type { EvaluationRecord } from '../train-options.ts'

/** All that a run remembers between two steps, except the policies' weights and optimizers. */
export interface TrainState {
  /** Steps done. */
  readonly step: number
  readonly data: DataOrderState
  /** Training tokens sampled so far. */
  readonly tokens: number
  readonly evaluations: readonly EvaluationRecord[]
  /** The fixed answers on which w_t is followed; empty until there are some. */
  readonly probe: readonly Sample[]
  /** What the recipe remembers; undefined until it remembers something. */
  readonly memory?: Json
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

/** Reads what `encodeState` wrote. */
export function decodeState(json: Json): TrainState {
  const state = json as unknown as Omit<TrainState, 'probe'> & { readonly probe: readonly string[] }
  return { ...state, probe: state.probe.map(decodeSample) }
}
