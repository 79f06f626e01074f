import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initializeModel, parseModelConfig, saveModelFolder, selectBackend } from '@icrl/backbone'
import { isIcrlError } from '@icrl/core'

/** The quicker one of the backends that need nothing installed. */
export const BACKEND: string = await selectBackend('native-cpu').then(
  ({ name }) => name,
  (error: unknown) => {
    if (isIcrlError(error, 'unavailable')) return 'cpu'
    throw error
  },
)

const SPECIAL = ['<pad>', '<user>', '<assistant>', '<end>']
const NAMES = ['zero', 'one', 'two', 'three', 'four']
const TEMPLATE =
  "{% for message in messages %}{% if message.role == 'assistant' %}<assistant>{{ message.content }}<end>{% else %}<user>{{ message.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"

/** GPT-2's name of each byte: printable ones are themselves, the others follow from U+0100 on. */
function byteNames(): string[] {
  let others = 0
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(
      (byte > 32 && byte < 127) || (byte > 160 && byte !== 173) ? byte : 256 + others++,
    ),
  )
}

const VOCABULARY = [...SPECIAL, ...byteNames()]

/**
 * Writes a Hugging Face folder with an untrained model of some thousand parameters and a tokenizer
 * of one token a byte.
 */
export async function writeTinyModel(
  directory: string,
  vocabularySize: number = VOCABULARY.length,
): Promise<string> {
  await mkdir(directory, { recursive: true })
  const special = SPECIAL.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const vocab = Object.fromEntries(VOCABULARY.map((word, id) => [word, id]))
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  }
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: 'BPE', vocab, merges: [], unk_token: null },
  }
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(tokenizer))
  await writeFile(
    join(directory, 'tokenizer_config.json'),
    JSON.stringify({ chat_template: TEMPLATE, eos_token: '<end>', pad_token: '<pad>' }),
  )
  await selectBackend(BACKEND)
  const config = parseModelConfig(
    {
      architectures: ['Qwen3ForCausalLM'],
      model_type: 'qwen3',
      vocab_size: vocabularySize,
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      head_dim: 8,
      hidden_act: 'silu',
      max_position_embeddings: 2048,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      attention_bias: false,
      tie_word_embeddings: true,
      torch_dtype: 'float32',
      eos_token_id: 3,
    },
    'tiny',
  )
  await saveModelFolder(directory, config, initializeModel(config, 0))
  return directory
}

/** Additions as JSONL. */
export async function writeAdditions(file: string, count = 4): Promise<string> {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      id: `sum-${i}`,
      question: `add ${NAMES[i % 2]} ${NAMES[i % 3]}`,
      answer: NAMES[(i % 2) + (i % 3)],
    }),
  )
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

/** A configuration in JSON, every part of it small. */
export function jsonConfig(more: Readonly<Record<string, unknown>> = {}): string {
  const config = {
    model: 'model',
    backend: BACKEND,
    method: { name: 'icrl', tasksPerStep: 2, sessionsPerTask: 2 },
    task: { verifier: 'exact-match', instructions: 'add' },
    roles: {
      solver: { sampling: { maxTokens: 4, temperature: 1 } },
      critic: { sampling: { maxTokens: 4, temperature: 1 } },
    },
    tasks: 'train.jsonl',
    evaluation: { tasks: 'train.jsonl', every: 2 },
    stop: { steps: 2 },
    optimizer: { learningRate: 0.01 },
    ...more,
  }
  return JSON.stringify(config, null, 2)
}
