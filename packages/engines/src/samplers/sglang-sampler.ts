import { z } from 'zod'
import { remoteSampler, type RemoteSampler, type RemoteSamplerOptions } from './remote-sampler.ts'
import type { SamplerWire } from './sampler-wire.ts'

/** `[logprob, id, text]` */
const scored = z.tuple([z.number().nullable(), z.number()]).rest(z.unknown())
const info = z.object({ model_path: z.string() })
const generated = z.object({
  output_ids: z.array(z.number()).optional(),
  meta_info: z.object({
    output_token_logprobs: z.array(scored),
    output_top_logprobs: z.array(z.array(scored).nullable()).nullish(),
    weight_version: z.string().nullish(),
  }),
})
const loaded = z.object({
  success: z.boolean(),
  loaded_adapters: z.record(z.string(), z.unknown()).nullish(),
})

/** SGLang's own `/generate`, and its endpoints for adapters. */
const wire: SamplerWire = {
  engine: 'SGLang',
  models: { path: '/get_model_info' },
  readModels: (answer) => [info.parse(answer).model_path],
  draw: ({ model, isAdapter, prompt, maxTokens, temperature, topP, topK, stop, seed }) => ({
    path: '/generate',
    body: {
      input_ids: [...prompt],
      sampling_params: {
        max_new_tokens: maxTokens,
        temperature,
        top_p: topP,
        top_k: topK === 0 ? -1 : topK,
        min_p: 0,
        stop_token_ids: [...stop],
        ignore_eos: true,
        skip_special_tokens: false,
        sampling_seed: seed,
      },
      return_logprob: true,
      logprob_start_len: prompt.length,
      top_logprobs_num: 1,
      ...(isAdapter && { lora_path: model }),
    },
  }),
  readDraw(answer) {
    const { output_ids, meta_info } = generated.parse(answer)
    const cells = meta_info.output_token_logprobs
    const tokens = cells.map(([, id]) => id)
    return {
      // Where both are told and differ, the lengths say so: an error, not a guess.
      tokens: output_ids ?? tokens,
      logprobs:
        output_ids && output_ids.join() !== tokens.join() ? [] : cells.map(([logprob]) => logprob),
      firstTop: meta_info.output_top_logprobs?.[0]?.[0]?.[0] ?? undefined,
      weightVersion: meta_info.weight_version ?? undefined,
    }
  },
  adapters: {
    load: (name, folder) => ({
      path: '/load_lora_adapter',
      body: { lora_name: name, lora_path: folder },
    }),
    unload: (name) => ({ path: '/unload_lora_adapter', body: { lora_name: name } }),
    isLoaded(answer, name) {
      const { success, loaded_adapters } = loaded.parse(answer)
      return success && (!loaded_adapters || name in loaded_adapters)
    },
    enable:
      'Start it with --enable-lora, --max-lora-rank of the adapter or more, --lora-target-modules all, and --max-loras-per-batch of staleness + 2 or more.',
  },
}

/**
 * A model that SGLang serves (`python -m sglang.launch_server`), for rollouts: ids in, ids and
 * log-probabilities out. Looks at every replica first. Its answers do not say which adapter drew
 * them; a base that was replaced is noticed (`weight_version`).
 *
 * @throws as `vllmSampler`
 * @example
 * import { sglangSampler } from '@icrl/engines'
 * const replicas = ['http://gpu-1:30000', 'http://gpu-2:30000']
 * const sampler = await sglangSampler({ url: replicas, model: 'Qwen/Qwen3-0.6B' })
 */
export function sglangSampler(options: RemoteSamplerOptions): Promise<RemoteSampler> {
  return remoteSampler(wire, options)
}
