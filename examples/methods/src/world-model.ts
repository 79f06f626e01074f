import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  initializeModel,
  loadLocalPolicy,
  LocalPolicy,
  parseModelConfig,
  saveModelFolder,
} from '@icrl/backbone'
import { randomStream, type Message, type PassItem, type RandomStream } from '@icrl/core'
import { tablePolicy, type TablePolicyOptions, type World } from '@icrl/core/testing'
import { lossSlopes, nll, type GivenInput } from '@icrl/objective'

/** A small transformer that has learned to answer as a table of a world does. */
export interface WorldModel {
  readonly world: Pick<World, 'name' | 'renderer' | 'maxTokens'>
  /** The teacher; most often the world's `untaught`, with what an experiment adds. */
  readonly table: TablePolicyOptions
  /** Conversations that it is taught to answer, one kind as often as another; each is drawn. */
  readonly prompts: Readonly<
    Record<string, (draws: RandomStream) => readonly Message[] | Int32Array>
  >
  /** Default: 400. */
  readonly steps?: number
}

const MODELS = fileURLToPath(new URL('../models', import.meta.url))
const BATCH = 128
const PEAK_RATE = 3e-3

/**
 * Loads the model, and makes it first where it is not there yet: about 100 thousand parameters of
 * Qwen3's architecture imitate what the table samples. Same table, same prompts, same model.
 */
export async function startingPolicy(model: WorldModel): Promise<LocalPolicy> {
  const folder = join(MODELS, `${model.world.name}-${fingerprint(model)}`)
  if (!existsSync(folder)) await imitate(model, folder)
  return loadLocalPolicy(folder, { optimizer: { beta2: 0.95 } })
}

/** A function of the table and of a few prompts of each kind. */
function fingerprint({ table, prompts, steps, world }: WorldModel): string {
  const { files: _, ...weights } = table
  const asked = Object.entries(prompts).map(([name, draw]) => [
    name,
    Array.from({ length: 8 }, (_, i) => Array.from(idsOf(draw(randomStream(0, name, i)), world))),
  ])
  return createHash('sha256')
    .update(JSON.stringify([weights, asked, steps]))
    .digest('hex')
    .slice(0, 12)
}

async function imitate(
  { world, table, prompts, steps = 400 }: WorldModel,
  folder: string,
): Promise<void> {
  const teacher = tablePolicy(table)
  const config = parseModelConfig(configOf(table.vocabularySize), 'world-model.ts')
  const parameters = initializeModel(config, 0)
  const policy = new LocalPolicy(config, parameters, { name: 'imitation' })
  const kinds = Object.entries(prompts)
  const objective = nll()
  for (let step = 0; step < steps; step++) {
    const items = await Promise.all(
      Array.from(
        { length: BATCH },
        async (_, i): Promise<PassItem & { readonly input: GivenInput }> => {
          const [name, draw] = kinds[i % kinds.length]
          const draws = randomStream(0, 'imitate', step, name, i)
          const prompt = idsOf(draw(draws), world)
          const { maxTokens } = world
          const { stop } = world.renderer
          const request = { prompt, maxTokens, temperature: 1, stop, draws: draws.child('answer') }
          const { tokens: response } = await teacher.sample(request)
          const mask = new Uint8Array(response.length).fill(1)
          const coefficients = new Float32Array(response.length).fill(1 / (2 * BATCH))
          const advantages = new Float32Array(response.length).fill(1)
          return {
            prompt,
            response,
            mask,
            temperature: 1,
            input: { mask, coefficients, advantages },
          }
        },
      ),
    )
    await policy.accumulate(
      items,
      lossSlopes(
        objective,
        items.map(({ input }) => input),
      ),
    )
    const learningRate =
      PEAK_RATE * Math.min(1, (step + 1) / 40) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
    await policy.step({ learningRate, clipNorm: 1 })
  }
  await mkdir(MODELS, { recursive: true })
  const partial = `${folder}.${process.pid}`
  await saveModelFolder(partial, config, parameters)
  await policy[Symbol.asyncDispose]()
  await rename(partial, folder).catch(() => rm(partial, { recursive: true }))
}

function idsOf(
  prompt: readonly Message[] | Int32Array,
  { renderer }: WorldModel['world'],
): Int32Array {
  return prompt instanceof Int32Array ? prompt : renderer.start(prompt)
}

function configOf(words: number): Readonly<Record<string, unknown>> {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: words,
    hidden_size: 64,
    intermediate_size: 168,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    head_dim: 16,
    hidden_act: 'silu',
    max_position_embeddings: 96,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    attention_bias: false,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    torch_dtype: 'float32',
    eos_token_id: 0,
    pad_token_id: 0,
  }
}
