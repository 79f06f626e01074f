import type { ErrorCode } from '@icrl/core'
import type { EvaluationEvent, StartEvent, StepEvent, StopRule } from '@icrl/trainer'
import type { ArmJob, ArmOutcome } from './run-arm.ts'

/** Message to a process that runs one arm. */
export type ToArm = { readonly kind: 'run'; readonly job: ArmJob } | { readonly kind: 'stop' }

/** Message from such a process, in this order except for an error. */
export type FromArm =
  | { readonly kind: 'stop-rule'; readonly stop: StopRule }
  | { readonly kind: 'start'; readonly event: StartEvent }
  | { readonly kind: 'evaluation'; readonly event: EvaluationEvent }
  | { readonly kind: 'step'; readonly event: Omit<StepEvent, 'sessions' | 'samples'> }
  | { readonly kind: 'outcome'; readonly outcome: ArmOutcome }
  | {
      readonly kind: 'error'
      readonly message: string
      readonly code?: ErrorCode
      readonly remedy?: string
    }
