import type { DrawKey, Generation, SampleRequest, Sampler } from '@icrl/core'
import type { Responder } from '@icrl/rollout'
import { sessionKey } from './token-meter.ts'

interface Drawn {
  readonly request: SampleRequest
  readonly generation: Generation
}

/**
 * The same responders, with samplers that draw a request once and remember it. For work during
 * which the weights stay the same: the conditions of an evaluation all begin with the same first
 * attempt, drawn from the same prompt with the same key. Endpoints are left as they are: they take
 * no key.
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
  const sessions = new Map<string, Drawn[]>()
  return {
    async sample(request, signal) {
      const session = sessionKey(request.key)
      const again = sessions.get(session)?.find((drawn) => isSame(drawn.request, request))
      if (again) return again.generation
      const generation = await sampler.sample(request, signal)
      if (generation.finish === 'aborted') return generation
      const drawn = sessions.get(session)
      if (drawn) drawn.push({ request, generation })
      else sessions.set(session, [{ request, generation }])
      return generation
    },
  }
}

/** True for requests of one session that draw the same tokens. */
function isSame(a: SampleRequest, b: SampleRequest): boolean {
  const hasSameLimits =
    a.maxTokens === b.maxTokens &&
    a.temperature === b.temperature &&
    a.topP === b.topP &&
    a.topK === b.topK
  return (
    isSameDraw(a.key, b.key) &&
    hasSameLimits &&
    isEqual(a.stop, b.stop) &&
    isEqual(a.prompt, b.prompt)
  )
}

function isSameDraw(a: DrawKey, b: DrawKey): boolean {
  return (
    a.role === b.role &&
    a.round === b.round &&
    a.branch === b.branch &&
    a.turn === b.turn &&
    a.step === b.step &&
    a.domain === b.domain &&
    a.seed === b.seed
  )
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
