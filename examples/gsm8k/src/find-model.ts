import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { IcrlError } from '@icrl/core'

/**
 * The folder of the model: the one given, or that in `ICRL_TEST_MODEL`, or `smollm2` under
 * `${XDG_CACHE_HOME:-~/.cache}/icrl-models`.
 *
 * @throws IcrlError `missing-file` if there is no such folder
 */
export function findModel(
  given?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folder = resolve(
    given ?? (environment.ICRL_TEST_MODEL || join(cache, 'icrl-models', 'smollm2')),
  )
  if (existsSync(join(folder, 'config.json'))) return folder
  throw new IcrlError(`${folder} holds no model (config.json).`, {
    code: 'missing-file',
    remedy:
      'Give a Hugging Face folder of a Llama- or Qwen3-family chat model with --model DIR or ICRL_TEST_MODEL; `icrl download HuggingFaceTB/SmolLM2-135M-Instruct --to DIR` brings one.',
  })
}
