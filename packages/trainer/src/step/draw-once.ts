import type { Generation, SampleRequest, Sampler } from '@icrl/core'
import type { Responder } from '@icrl/rollout'

interface Drawn {
  readonly request: SampleRequest
  readonly generation: Generation
}

/**
 * The same responders, with samplers that draw a request once and remember it. For work during
 * which the weights stay the same: the conditions of an evaluation all begin with the same first
 * attempt, drawn from the same prompt with the same draws. Endpoints are left as they are: they take
 * no draws.
 */
export function drawOnce(
  responders: Readonly<Record<string, Responder>>,
): Record<string, Responder> {
  return Object.fromEntries(
    Object.entries(responders).map(([role, responder]) => [
      role,
      'sample' in responder ? remembering(responder) : responder,
    ]),
  )
}

function remembering(sampler: Sampler): Sampler {
  const remembered = new Map<string, Drawn[]>()
  return {
    async sample(request, signal) {
      const name = JSON.stringify(request.draws.path)
      const again = remembered.get(name)?.find((drawn) => isSame(drawn.request, request))
      if (again) return again.generation
      const generation = await sampler.sample(request, signal)
      if (generation.finish === 'aborted') return generation
      const drawn = remembered.get(name)
      if (drawn) drawn.push({ request, generation })
      else remembered.set(name, [{ request, generation }])
      return generation
    },
  }
}

/** True for requests with the same draws that get the same tokens. */
function isSame(a: SampleRequest, b: SampleRequest): boolean {
  return (
    a.maxTokens === b.maxTokens &&
    a.temperature === b.temperature &&
    a.topP === b.topP &&
    a.topK === b.topK &&
    isEqual(a.stop, b.stop) &&
    isEqual(a.prompt, b.prompt)
  )
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
