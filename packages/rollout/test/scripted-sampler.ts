import type { DrawKey, Generation, SampleRequest, Sampler } from '@icrl/core'
import { MARKS, type WordRenderer } from './word-renderer.ts'

/** A request, with the key that its draws were made from. */
export interface KeyedRequest extends SampleRequest {
  readonly key: DrawKey
}

export interface ScriptedSampler extends Sampler {
  readonly requests: KeyedRequest[]
  /** Most requests that were ever in flight together. */
  readonly mostAtOnce: number
}

/**
 * A sampler that says what `script` says (ended by the stop id, cut off at `maxTokens`) after a
 * delay in turns of the event loop, which no clock changes; after an infinite one only when it is
 * aborted. Its log-probabilities are the request's draws, so equal keys
 * are seen to give equal numbers.
 */
export function scriptedSampler(
  renderer: WordRenderer,
  script: (request: KeyedRequest) => string,
  delay: (request: KeyedRequest) => number = () => 0,
): ScriptedSampler {
  const requests: KeyedRequest[] = []
  let running = 0
  let most = 0
  return {
    requests,
    get mostAtOnce() {
      return most
    },
    async sample(asked, signal) {
      const request = { ...asked, key: keyOf(asked) }
      requests.push(request)
      most = Math.max(most, ++running)
      await pause(delay(request), signal)
      running--
      const all = [...script(request).split(/\s+/).filter(Boolean).map(renderer.id), MARKS.end]
      const tokens = Int32Array.from(all.slice(0, request.maxTokens))
      const generation: Generation = {
        tokens,
        logprobs: Float32Array.from(tokens, (_, t) => -request.draws.uniform(t)),
        finish: tokens.length < all.length ? 'length' : 'stop',
        version: 'v1',
      }
      return signal?.aborted ? { ...generation, finish: 'aborted' } : generation
    },
  }
}

async function pause(turns: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted || turns === 0) return
  if (turns === Infinity)
    return new Promise((resolve) =>
      signal?.addEventListener('abort', () => resolve(), { once: true }),
    )
  await new Promise((resolve) => setImmediate(resolve))
  return pause(turns - 1, signal)
}

/** The key that a session's draws were made from. */
export function keyOf({ draws }: SampleRequest): DrawKey {
  const [seed, domain, step, task, session, role, round, branch, turn] = draws.path
  return { seed, domain, step, task, session, role, round, branch, turn } as DrawKey
}
