// Prints how far models and tokenizers are from transformers, as a table in Markdown: what the parity
// tests hold. A family's numbers are the worst of all its rotary embeddings.
// node --conditions=@icrl/source --import tsx scripts/parity-table.ts [--real]
// --real: SmolLM2-135M-Instruct too, where it is on this machine (two minutes).
import { selectBackend } from '../packages/backbone/src/select-backend.ts'
import type { Parting } from '../packages/backbone/test/parity/measure-parity.ts'
import { measureReal, realModel } from '../packages/backbone/test/parity/real-model.ts'
import {
  measureSmall,
  type SmallFigures,
  smallModels,
} from '../packages/backbone/test/parity/small-models.ts'
import { loadTokenizer } from '../packages/renderer/src/index.ts'
import {
  differingLines,
  hasTokenizer,
  ids,
  tokenizers,
} from '../packages/renderer/test/ids/measure-ids.ts'
import {
  rendersAlike,
  templateGroups,
  textsCompared,
} from '../packages/renderer/test/templates/measure-templates.ts'

interface Figures {
  readonly logits: number
  readonly gradients: number
  readonly trained: number
  readonly greedy: readonly Parting[]
}

const FAMILIES = [
  { name: 'Llama 3', tokenizer: 'llama3', models: 'llama/', template: 'trl/llama3_2.jinja' },
  { name: 'Qwen2.5', tokenizer: 'qwen2', models: 'qwen2/', template: 'trl/qwen2_5.jinja' },
  { name: 'Qwen3', tokenizer: 'qwen3', models: 'qwen3/', template: 'trl/qwen3.jinja' },
  { name: 'SmolLM2-135M', tokenizer: 'smollm2' },
]

async function figuresOf(models: string | undefined): Promise<Figures | undefined> {
  if (models === undefined) {
    if (realModel === undefined || !process.argv.includes('--real')) return undefined
    const real = await measureReal(realModel)
    return { ...real, greedy: [real.greedy] }
  }
  const all: SmallFigures[] = []
  for (const { name } of smallModels.cases)
    if (name.startsWith(models)) all.push(await measureSmall(name))
  const worst = (key: 'logits' | 'gradients' | 'trained'): number =>
    Math.max(...all.map((figures) => figures[key]))
  return {
    logits: worst('logits'),
    gradients: worst('gradients'),
    trained: worst('trained'),
    greedy: all.map(({ greedy }) => greedy),
  }
}

async function idsOf(name: string): Promise<string> {
  if (!hasTokenizer(name)) return 'not here'
  const apart = differingLines(name, await loadTokenizer(tokenizers[name])).length
  return `${ids.lines.length - apart} of ${ids.lines.length} lines`
}

function templateOf(template: string | undefined): string {
  if (template === undefined) return 'golden.json'
  const alike = templateGroups.every((group) => rendersAlike(template, group))
  return alike ? `${textsCompared} texts` : 'differs'
}

function greedyOf(partings: readonly Parting[]): string {
  const compared = partings.reduce((sum, parting) => sum + parting.compared, 0)
  const apart = partings.filter(({ at }) => at !== undefined).length
  return `${compared} tokens${apart > 0 ? `, ${apart} part` : ''}`
}

const backend = await selectBackend('auto')
console.log(`On ${backend.name}.\n`)
console.log('| family | ids | template | logits | gradients | greedy | 20 AdamW steps |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const { name, tokenizer, models, template } of FAMILIES) {
  const figures = await figuresOf(models)
  const cells = figures
    ? [
        figures.logits.toExponential(1),
        figures.gradients.toExponential(1),
        greedyOf(figures.greedy),
        figures.trained.toExponential(1),
      ]
    : ['–', '–', '–', '–']
  console.log(`| ${[name, await idsOf(tokenizer), templateOf(template), ...cells].join(' | ')} |`)
}
