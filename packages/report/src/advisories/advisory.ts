import type { Run } from '../run.ts'

/** Something a person should know about a run, with what it rests on. */
export interface Advisory {
  /** Name of the rule, in kebab case. */
  readonly rule: string
  /** `warning`: act on it. `notice`: know it. `good`: a check that passed and is worth saying. */
  readonly level: 'warning' | 'notice' | 'good'
  /** The finding and what to do, in sentences, numbers included. */
  readonly text: string
  /** When the rule speaks, in a sentence. */
  readonly because: string
  /** The numbers it looked at, by metric. */
  readonly numbers: Readonly<Record<string, number>>
}

/** Looks at a run and may have something to say. */
export type AdvisoryRule = (run: Run) => Advisory | undefined
