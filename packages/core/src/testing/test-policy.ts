import type { Policy, SampleRequest } from '../policy.ts'
import { randomStream } from '../random.ts'
import type { Check } from './check.ts'
import { saveChecks, snapshotChecks } from './policy/keeping-checks.ts'
import { learningChecks, slopeChecks } from './policy/learning-checks.ts'
import { samplingChecks, scoringChecks } from './policy/sampling-checks.ts'
import type { Setting } from './policy/setting.ts'

/** Options of {@link testPolicy}. */
export interface TestPolicyOptions {
  /** Ids 0 … vocabularySize − 1 may be sampled. */
  readonly vocabularySize: number
  /** `[P]` a prompt the policy accepts. @defaultValue ids 1, 2, 3 */
  readonly prompt?: Int32Array
  /**
   * Makes an empty folder for `save`; without it that check is left out.
   *
   * @defaultValue the check is left out
   */
  readonly directory?: () => Promise<string>
  /** Allowed |Δ log-probability| of a policy that is not `exact`. @defaultValue 1e-3 */
  readonly tolerance?: number
  /** Learning rate at which one step must raise a response's likelihood. @defaultValue 1e-2 */
  readonly learningRate?: number
}

/**
 * What every `Policy` must satisfy: generations that depend on their draws alone, stop ids and
 * limits, sampled = scored = training log-probabilities (the same bits if `exact`), figures by
 * capability; slopes asked for in whole units, once for each item, and put where they belong;
 * gradients that add up, a step that learns, a refused gradient that changes nothing; snapshots that
 * stay as they are and can be gone back to, saving and loading.
 *
 * @param create makes a new policy, with the same weights each time
 * @example
 * import type { Policy } from '@icrl/core'
 * import { it } from 'vitest'
 *
 * declare function loadTiny(): Promise<Policy> // yours
 * for (const { name, run } of testPolicy(() => loadTiny(), { vocabularySize: 64 })) it(name, run)
 */
export function testPolicy(create: () => Promise<Policy>, options: TestPolicyOptions): Check[] {
  const prompt = options.prompt ?? Int32Array.of(1, 2, 3)
  const request = (session: number, more: Partial<SampleRequest> = {}): SampleRequest => ({
    prompt,
    maxTokens: 6,
    temperature: 1,
    stop: [],
    draws: randomStream(7, 'conformance', session),
    ...more,
  })
  const setting: Setting = {
    create,
    prompt,
    request,
    draw: (sampler, session) => sampler.sample(request(session)),
    tolerance: options.tolerance ?? 1e-3,
    learningRate: options.learningRate ?? 1e-2,
    vocabularySize: options.vocabularySize,
  }
  return [
    ...samplingChecks(setting),
    ...scoringChecks(setting),
    ...slopeChecks(setting),
    ...learningChecks(setting),
    ...snapshotChecks(setting),
    ...(options.directory ? saveChecks(setting, options.directory) : []),
  ]
}
