import { PromptTree } from './prompt-tree.ts'

/** Run-time limits of a sampler. */
export interface AdmissionLimits {
  readonly maxConcurrency: number
  /** Rows of all slots together. */
  readonly cacheTokens: number
  /**
   * Most prompt tokens of requests that begin together, shared ones counted once; the first may
   * have more.
   */
  readonly prefillTokens: number
}

/** A waiting request: the most cache rows it may need, and its prompt. */
export interface WaitingRequest {
  readonly rows: number
  readonly prompt: Int32Array
}

const CAPACITY_STEP = 32

/**
 * How many of the waiting requests, in order, may begin beside those running, and how many rows
 * each slot must then hold. If nothing runs, the first always may.
 *
 * @param state its `capacity` is the rows a slot holds now; it only grows while anything runs
 *
 * @example
 * declare const [prompt, limits]: [Int32Array, AdmissionLimits]
 * const waiting = [{ rows: 40, prompt }]
 * planAdmission({ running: 0, capacity: 0, waiting }, limits) // { count: 1, capacity: 64 }
 */
export function planAdmission(
  state: { running: number; capacity: number; waiting: readonly WaitingRequest[] },
  { maxConcurrency, cacheTokens, prefillTokens }: AdmissionLimits,
): { count: number; capacity: number } {
  let capacity = state.running === 0 ? 0 : state.capacity
  const prompts = new PromptTree()
  let count = 0
  for (const { rows, prompt } of state.waiting) {
    const larger = Math.max(capacity, Math.ceil(rows / CAPACITY_STEP) * CAPACITY_STEP)
    const slots = Math.max(1, Math.min(maxConcurrency, Math.floor(cacheTokens / larger)))
    if (state.running + count >= slots) break
    prompts.add(prompt)
    if (count > 0 && prompts.rows > prefillTokens) break
    capacity = larger
    count++
  }
  return { count, capacity }
}
