/**
 * Folders that we write, in the real transformers and PEFT. Part of the full tests, where `ICRL_PYTHON` names
 * a Python that has torch, transformers and peft.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  convertModelFolder,
  loadLocalPolicy,
  type LocalPolicy,
  selectBackend,
} from '@icrl/backbone'
import { loadTokenizer } from '@icrl/renderer'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { writeTinyModel, writeTinyTokenizer } from '../../backbone/test/tiny-model-folder.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 })

const python = process.env.ICRL_PYTHON
const ids = Array.from({ length: 40 }, (_, i) => (i * 37 + ((i * i) % 11)) % 262)
const texts = ['the other 12 apples', '<|im_start|>user\nZoë?<|im_end|>', '  \n\tx = [1, 2]']
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
}
const FAMILIES = [
  { model_type: 'llama', rope_scaling: llama3 },
  { model_type: 'qwen2', tie_word_embeddings: true },
  { model_type: 'qwen3', tie_word_embeddings: true },
]

interface Case {
  readonly model: string
  readonly adapter?: string
}

interface Answer {
  readonly strange: readonly string[]
  readonly logprobs: readonly number[]
  readonly tokens: readonly (readonly number[])[]
  readonly stop: readonly number[]
  readonly dtype: string
}

function ask(cases: readonly Case[]): Answer[] {
  const script = fileURLToPath(new URL('convert-transformers.py', import.meta.url))
  const input = JSON.stringify(cases.map((one) => ({ ...one, ids, texts })))
  const { stdout, stderr, status } = spawnSync(python as string, [script], {
    input,
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  })
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout) as Answer[]
}

const pass = {
  prompt: Int32Array.from(ids.slice(0, 1)),
  response: Int32Array.from(ids.slice(1)),
  temperature: 1,
}

async function logprobsOf(policy: LocalPolicy): Promise<number[]> {
  const [{ logprobs }] = await policy.score([pass])
  return [...logprobs]
}

/** An adapter over the folder after one step, which PEFT is to read. */
async function trainAdapter(folder: string, to: string): Promise<number[]> {
  await using policy = await loadLocalPolicy(folder, {
    adapter: { rank: 4, alpha: 8, rankStabilized: true, base: folder },
  })
  const slopes = new Float32Array(pass.response.length).fill(-1)
  await policy.accumulate([pass], () => [{ logprobs: slopes }])
  await policy.step({ learningRate: 0.02 })
  await policy.save(to, { optimizer: false })
  return logprobsOf(policy)
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(Math.max(...found.map((x, i) => Math.abs(x - wanted[i])))).toBeLessThan(1e-4)
}

describe.skipIf(process.env.ICRL_FULL === undefined || python === undefined)(
  'folders in transformers and PEFT',
  () => {
    let root: string
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'icrl-transformers-'))
      await selectBackend('cpu')
    })
    afterAll(() => rm(root, { recursive: true, force: true }))

    it.each(FAMILIES)('$model_type', async (settings) => {
      const home = join(root, settings.model_type)
      const [from, sharded, saved, adapter, merged] = [
        'model',
        'sharded',
        'saved',
        'adapter',
        'merged',
      ].map((name) => join(home, name))
      await writeTinyModel(from, settings)
      await writeTinyTokenizer(from)
      await convertModelFolder(from, sharded, { dtype: 'bf16', maxShardBytes: 30_000 })
      await using policy = await loadLocalPolicy(sharded)
      await policy.save(saved, { optimizer: false })
      const plain = await logprobsOf(policy)
      const adapted = await trainAdapter(sharded, adapter)
      expect(Math.max(...adapted.map((x, i) => Math.abs(x - plain[i])))).toBeGreaterThan(0.01)
      await convertModelFolder(sharded, merged, { adapter, dtype: 'float32' })
      const answers = ask([
        { model: sharded },
        { model: saved },
        { model: sharded, adapter },
        { model: merged },
      ])
      expect(answers.map(({ strange }) => strange)).toEqual([[], [], [], []])
      expect(answers.map(({ dtype }) => dtype)).toEqual(
        ['bfloat16', 'float32', 'bfloat16', 'float32'].map((name) => `torch.${name}`),
      )
      for (const [i, { logprobs }] of answers.entries())
        expectNear(logprobs, i < 2 ? plain : adapted)
      const tokenizer = await loadTokenizer(sharded)
      const tokens = texts.map((text) => [...tokenizer.encode(text)])
      for (const answer of answers) {
        expect(answer.tokens).toEqual(tokens)
        expect(answer.stop).toEqual([261, 259])
      }
    })
  },
)
