import {
  type MemoryPlan,
  type ModelConfig,
  parseModelConfig,
  planMemory,
  type MemoryPlanOptions,
} from '@icrl/backbone'
import { PAPER_AGENTIC, PAPER_MATH } from './published-values.ts'

const QWEN3 = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  head_dim: 128,
  max_position_embeddings: 40_960,
  num_attention_heads: 32,
  num_hidden_layers: 36,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  vocab_size: 151_936,
}

/** What the published `config.json`s say of the sizes. */
const MODELS: Readonly<Record<string, ModelConfig>> = {
  '4B': parseModelConfig({
    ...QWEN3,
    hidden_size: 2560,
    intermediate_size: 9728,
    tie_word_embeddings: true,
  }),
  '8B': parseModelConfig({
    ...QWEN3,
    hidden_size: 4096,
    intermediate_size: 12_288,
    tie_word_embeddings: false,
  }),
}

type Mode = Pick<MemoryPlanOptions, 'adapter' | 'weights' | 'moments'>
const LORA: Mode = { adapter: { rank: 32 }, weights: 'bf16' }

/** What is trained, and how weights and moments are kept. */
const MODES: Readonly<Record<Backend, Readonly<Record<'full' | 'LoRA', Mode>>>> = {
  'native-cpu': { full: {}, LoRA: LORA },
  'native-cuda-bf16': { full: { weights: 'bf16', moments: 'bf16' }, LoRA: LORA },
}
type Backend = 'native-cpu' | 'native-cuda-bf16'

/** A problem's prompt is short beside its answer. */
const PROMPT = 512

/** Rows of the longest sequence that is sampled and trained. */
const LONGEST: Readonly<Record<string, number>> = {
  math: PROMPT + PAPER_MATH.turnTokens,
  agentic: PAPER_AGENTIC.contextTokens,
}

/** Memory of devices in GB, of which some is not for tensors. */
const DEVICES = [24, 48, 80, 141] as const
const RESERVED = 0.5

/** More at once than a step has sessions help nothing. */
const MOST_AT_ONCE = PAPER_MATH.tasksPerStep * PAPER_MATH.sessionsPerTask

interface Run {
  readonly backend: Backend
  readonly model: string
  readonly mode: 'full' | 'LoRA'
  readonly kind: string
}

function planned({ backend, model, mode, kind }: Run, atOnce: number): MemoryPlan {
  return planMemory(MODELS[model], {
    ...MODES[backend][mode],
    backend,
    keep: 'inputs',
    packRows: LONGEST[kind],
    cacheRows: atOnce * LONGEST[kind],
  })
}

const gigabytes = (bytes: number): number => bytes / 1e9

function cell(run: Run, device: number): string {
  const needs = (atOnce: number): number => gigabytes(planned(run, atOnce).peak) + RESERVED
  if (needs(1) > device) return `no: ${Math.ceil(needs(1))} GB`
  let atOnce = 1
  while (atOnce < MOST_AT_ONCE && needs(atOnce + 1) <= device) atOnce++
  return `${atOnce} at once`
}

/**
 * Which devices hold which run, as a Markdown table: how many attempts of full length can be sampled
 * at once, or what one alone would need.
 */
export function fitsTable(backend: Backend): string {
  const runs = Object.keys(MODELS).flatMap((model) =>
    Object.keys(LONGEST).flatMap((kind) =>
      (['full', 'LoRA'] as const).map((mode) => ({ backend, model, kind, mode })),
    ),
  )
  const rows = [
    ['run', ...DEVICES.map((device) => `${device} GB`)],
    ['---', ...DEVICES.map(() => '---')],
    ...runs.map((run) => [
      `qwen3-${run.model.toLowerCase()}-${run.kind}, ${run.mode}`,
      ...DEVICES.map((device) => cell(run, device)),
    ]),
  ]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows
    .map(
      (row, at) =>
        `| ${row.map((text, i) => (at === 1 ? '-'.repeat(widths[i]) : text.padEnd(widths[i]))).join(' | ')} |`,
    )
    .join('\n')
}
