import { drawStream, type Generation, type SampleRequest, type Sampler } from '@icrl/core'
import { MARKS, type WordRenderer } from './word-renderer.ts'

export interface ScriptedSampler extends Sampler {
  readonly requests: SampleRequest[]
  /** Most requests that were ever in flight together. */
  readonly mostAtOnce: number
}

/**
 * A sampler that says what `script` says (ended by the stop id, cut off at `maxTokens`) after a
 * delay in turns of the event loop, which no clock changes; after an infinite one only when it is
 * aborted. Its log-probabilities are the draws of the request's key, so equal keys
 * are seen to give equal numbers.
 */
export function scriptedSampler(
  renderer: WordRenderer,
  script: (request: SampleRequest) => string,
  delay: (request: SampleRequest) => number = () => 0,
): ScriptedSampler {
  const requests: SampleRequest[] = []
  let running = 0
  let most = 0
  return {
    requests,
    get mostAtOnce() {
      return most
    },
    async sample(request, signal) {
      requests.push(request)
      most = Math.max(most, ++running)
      await pause(delay(request), signal)
      running--
      const all = [...script(request).split(/\s+/).filter(Boolean).map(renderer.id), MARKS.end]
      const tokens = Int32Array.from(all.slice(0, request.maxTokens))
      const draws = drawStream(request.key)
      const generation: Generation = {
        tokens,
        logprobs: Float32Array.from(tokens, (_, t) => -draws.uniform(t)),
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
