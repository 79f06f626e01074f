import { PromptTree } from './prompt-tree.ts'

/** Run-time limits of a sampler. */
export interface AdmissionLimits {
  readonly maxConcurrency: number
  /**
   * Most prompt tokens of requests that begin together, shared ones counted once; the first may
   * have more.
   */
  readonly prefillTokens: number
}

/** A waiting request, as far as its admission depends on it. */
export interface WaitingRequest {
  readonly prompt: Int32Array
}

/**
 * Which of the waiting requests begin now beside those running: in order, as long as the cache has
 * room for each.
 *
 * @param open opens the request's pages, and says whether there were enough; it is asked once
 * @returns how many
 *
 * @example
 * declare const [waiting, limits]: [WaitingRequest[], AdmissionLimits]
 * admit(waiting, 0, limits, () => true) // all, up to the limits
 */
export function admit<Waiting extends WaitingRequest>(
  waiting: readonly Waiting[],
  running: number,
  { maxConcurrency, prefillTokens }: AdmissionLimits,
  open: (request: Waiting) => boolean,
): number {
  const prompts = new PromptTree()
  let count = 0
  for (const request of waiting) {
    if (running + count >= maxConcurrency) break
    prompts.add(request.prompt)
    if (count > 0 && prompts.rows > prefillTokens) break
    if (!open(request)) break
    count++
  }
  return count
}
