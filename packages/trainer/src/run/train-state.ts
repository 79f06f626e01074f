import type { Json } from '@icrl/core'
import type { DataOrderState } from '../data-order.ts'
import type { EvaluationRecord } from '../train-options.ts'

/** All that a run remembers between two steps, except the policies' weights and optimizers. */
export interface TrainState {
  /** Steps done. */
  readonly step: number
  readonly data: DataOrderState
  /** Training tokens sampled so far. */
  readonly tokens: number
  /** Those of the last step. */
  readonly lastTokens: number
  readonly evaluations: readonly EvaluationRecord[]
  /** What the recipe remembers; undefined until it remembers something. */
  readonly memory?: Json
  /** Lines of what was sampled ahead; absent in a run that samples nothing ahead. */
  readonly ahead?: readonly string[]
  /** Seconds spent on the steps so far. */
  readonly wallSeconds: number
}

/** The state as JSON. Evaluations are text, which keeps the order of their keys for the summary. */
export function encodeState(state: TrainState): Json {
  return {
    ...state,
    data: { ...state.data },
    evaluations: state.evaluations.map((record) => JSON.stringify(record)),
  }
}

/** Reads what `encodeState` wrote. */
export function decodeState(json: Json): TrainState {
  const { evaluations, ...state } = json as unknown as Omit<TrainState, 'evaluations'> & {
    readonly evaluations: readonly string[]
  }
  return {
    ...state,
    evaluations: evaluations.map((record) => JSON.parse(record) as EvaluationRecord),
  }
}
