import { z } from 'zod'
import { remoteSampler, type RemoteSampler, type RemoteSamplerOptions } from './remote-sampler.ts'
import type { SamplerWire } from './sampler-wire.ts'

const cell = z.object({ id: z.number(), logprob: z.number().nullable() })
const models = z.object({ data: z.array(z.object({ id: z.string() })) })
const completion = z.object({
  choices: z
    .array(
      z.object({
        logprobs: z.object({
          content: z.array(cell.extend({ top_logprobs: z.array(cell).optional() })),
        }),
      }),
    )
    .length(1),
})

/**
 * llama.cpp's `/v1/completions`. Every option that filters is switched off by name: its defaults
 * filter. It stops at its model's own end alone; `ignore_eos` would forbid that token.
 */
const wire: SamplerWire = {
  engine: 'llama.cpp',
  models: { path: '/v1/models' },
  readModels: (answer) => models.parse(answer).data.map(({ id }) => id),
  draw: ({ model, prompt, maxTokens, temperature, topP, topK, seed }) => ({
    path: '/v1/completions',
    body: {
      model,
      prompt: [...prompt],
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      top_k: topK,
      min_p: 0,
      typical_p: 1,
      repeat_penalty: 1,
      seed,
      n: 1,
      logprobs: 1,
    },
  }),
  readDraw(answer) {
    const [{ logprobs }] = completion.parse(answer).choices
    return {
      tokens: logprobs.content.map(({ id }) => id),
      logprobs: logprobs.content.map(({ logprob }) => logprob),
      firstTop: logprobs.content[0]?.top_logprobs?.[0]?.logprob ?? undefined,
    }
  },
}

/**
 * A model that llama.cpp's server serves: ids in, ids and log-probabilities out, of temperature 1
 * whatever is asked. Its weights never change while it runs, so it answers roles that do not learn.
 *
 * @throws as `vllmSampler`
 * @example
 * import { llamaCppSampler } from '@icrl/engines'
 * const critic = await llamaCppSampler({ url: 'http://127.0.0.1:8200', model: 'smollm2-135m' })
 * // roles: { critic: { by: critic, renderer, sampling } }
 */
export function llamaCppSampler(options: RemoteSamplerOptions): Promise<RemoteSampler> {
  return remoteSampler(wire, options)
}
