import type { Generation, SampleRequest, Sampler } from '@icrl/core'
import type { Responder } from '@icrl/rollout'

interface Drawn {
  readonly prompt: Int32Array
  readonly generation: Generation
}

/**
 * The same responders, whose samplers draw a request once and remember it. For work during which the weights stay the same: the
 * conditions of an evaluation all begin with the same first attempt, drawn from the same prompt under the same key. Endpoints
 * are asked without a key, and left as they are.
 */
export function drawOnce(responders: Readonly<Record<string, Responder>>): Record<string, Responder> {
  return Object.fromEntries(Object.entries(responders).map(([role, responder]) => [role, 'sample' in responder ? remembering(responder) : responder]))
}

function remembering(sampler: Sampler): Sampler {
  const known = new Map<string, Drawn[]>()
  return {
    async sample(request, signal) {
      const { prompt } = request
      const name = nameOf(request)
      const drawn = known.get(name) ?? []
      const again = drawn.find((one) => isEqual(one.prompt, prompt))
      if (again) return again.generation
      const generation = await sampler.sample(request, signal)
      if (generation.finish !== 'aborted') known.set(name, [...drawn, { prompt, generation }])
      return generation
    },
  }
}

/** All that decides what is drawn, but for the prompt. */
function nameOf({ maxTokens, temperature, topP, topK, stop, key }: SampleRequest): string {
  const { seed, domain, step, task, session, role, round, branch, turn } = key
  return `${maxTokens}/${temperature}/${topP}/${topK}/${stop.join()}/${seed}/${domain}/${step}/${session}/${role}/${round}/${branch}/${turn}/${task}`
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
