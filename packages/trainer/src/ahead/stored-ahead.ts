import { decodeSample, encodeSample } from '@icrl/core'
import type { DataOrderState } from '../data-order.ts'
import { decodeSessions, encodeSessions } from '../program/stored-sessions.ts'
import type { CollectedStep } from '../step/collect-step.ts'
import type { Mismatch } from '../step/score-samples.ts'

/** What was sampled for a step ahead, as JSON. */
interface Stored {
  readonly step: number
  readonly sessions: string
  readonly samples: readonly string[]
  readonly metered: readonly (readonly [string, number])[]
  readonly sampled: readonly string[]
  readonly data: DataOrderState
  readonly weightsAt: number
  readonly mismatch?: Mismatch
  readonly oldLogprobs: readonly (readonly [string, readonly number[]])[]
}

/** A step that was sampled ahead as one line: every float32 value survives bit for bit. */
export function encodeAhead(step: number, collected: CollectedStep): string {
  const { sessions, samples, metered, sampled, data, ahead } = collected
  const stored: Stored = {
    step,
    sessions: encodeSessions(sessions),
    samples: samples.map(encodeSample),
    metered: [...metered],
    sampled: [...sampled],
    data,
    weightsAt: ahead!.weightsAt,
    mismatch: ahead!.mismatch,
    oldLogprobs: [...ahead!.oldLogprobs].map(([id, logprobs]) => [id, Array.from(logprobs)]),
  }
  return JSON.stringify(stored)
}

/** Reads what `encodeAhead` wrote. */
export function decodeAhead(line: string): {
  readonly step: number
  readonly collected: CollectedStep
} {
  const { step, sessions, samples, metered, sampled, data, weightsAt, mismatch, oldLogprobs } =
    JSON.parse(line) as Stored
  return {
    step,
    collected: {
      sessions: decodeSessions(`the checkpoint’s sessions of step ${step}`, sessions),
      samples: samples.map(decodeSample),
      metered: new Map(metered),
      sampled: new Set(sampled),
      data,
      ahead: {
        weightsAt,
        mismatch,
        oldLogprobs: new Map(
          oldLogprobs.map(([id, logprobs]) => [id, Float32Array.from(logprobs)]),
        ),
      },
    },
  }
}
