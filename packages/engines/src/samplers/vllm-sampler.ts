import { z } from 'zod'
import { remoteSampler, type RemoteSampler, type RemoteSamplerOptions } from './remote-sampler.ts'
import type { SamplerWire } from './sampler-wire.ts'

const number = z.number().nullable()
const models = z.object({ data: z.array(z.object({ id: z.string() })) })
const completion = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        token_ids: z.array(z.number()),
        prompt_token_ids: z.array(z.number()).nullish(),
        logprobs: z.object({
          token_logprobs: z.array(number),
          top_logprobs: z.array(z.record(z.string(), number).nullable()).nullish(),
        }),
        weight_versions: z.array(z.string()).nullish(),
      }),
    )
    .length(1),
})

/** vLLM's `/v1/completions`, with ids in and out, and its endpoints for adapters. */
const wire: SamplerWire = {
  engine: 'vLLM',
  models: { path: '/v1/models' },
  readModels: (answer) => models.parse(answer).data.map(({ id }) => id),
  draw: ({ model, prompt, maxTokens, temperature, topP, topK, stop, seed }) => ({
    path: '/v1/completions',
    body: {
      model,
      prompt: [...prompt],
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      top_k: topK === 0 ? -1 : topK,
      min_p: 0,
      seed,
      n: 1,
      // Only what was asked for ends a generation: the model's own end may be no stop of the request.
      stop_token_ids: [...stop],
      ignore_eos: true,
      skip_special_tokens: false,
      logprobs: 1,
      return_token_ids: true,
    },
  }),
  readDraw(answer) {
    const { model, choices } = completion.parse(answer)
    const [{ token_ids, prompt_token_ids, logprobs, weight_versions }] = choices
    const first = Object.values(logprobs.top_logprobs?.[0] ?? {}).filter((value) => value !== null)
    return {
      model,
      tokens: token_ids,
      logprobs: logprobs.token_logprobs,
      prompt: prompt_token_ids ?? undefined,
      firstTop: first.length > 0 ? Math.max(...first) : undefined,
      weightVersion: weight_versions ? [...new Set(weight_versions)].join('+') : undefined,
    }
  },
  adapters: {
    load: (name, folder) => ({
      path: '/v1/load_lora_adapter',
      body: { lora_name: name, lora_path: folder, load_inplace: true },
    }),
    unload: (name) => ({ path: '/v1/unload_lora_adapter', body: { lora_name: name } }),
    list: { path: '/v1/models' },
    isLoaded: (answer, name) => models.parse(answer).data.some(({ id }) => id === name),
    enable:
      'Start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora, --max-lora-rank of the adapter or more, and --max-loras of staleness + 2 or more.',
  },
}

/**
 * A model that vLLM serves (`vllm serve`), for rollouts: ids in, ids and log-probabilities out.
 * Looks at every replica first.
 *
 * @throws as `remoteSampler`: `unavailable`, `invalid-option` for a model that is not served,
 * `run-conflict` for replicas that differ
 * @example
 * import { sampledBy, vllmSampler } from '@icrl/engines'
 * import type { Policy } from '@icrl/core'
 * declare const local: Policy // a policy that trains an adapter
 * const sampler = await vllmSampler({ url: 'http://gpu:8000', model: 'Qwen/Qwen3-0.6B' })
 * const policy = await sampledBy(local, { sampler, adapters: '/shared/adapters' })
 */
export function vllmSampler(options: RemoteSamplerOptions): Promise<RemoteSampler> {
  return remoteSampler(wire, options)
}
