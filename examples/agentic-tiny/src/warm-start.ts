/**
 * Makes `model/`, which both arms start from: supervised imitation of a solver who plays by a
 * partly wrong book of recipes, follows tips, and of a critic who half knows the right ones. Two
 * minutes on one core; the result is committed.
 *
 *     pnpm --dir examples/agentic-tiny warm-start
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  initializeModel,
  LocalPolicy,
  parseModelConfig,
  saveModelFolder,
  selectBackend,
} from '@icrl/backbone'
import { randomStream, type PassItem, type Renderer } from '@icrl/core'
import { lossSlopes, nll, type GivenInput } from '@icrl/objective'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { DEMONSTRATIONS } from './crafting-teacher.ts'
import { demonstrationTokens } from './demonstration-tokens.ts'
import type { Demonstration } from './demonstration.ts'
import { MODEL_CONFIG } from './model-config.ts'
import { tokenizerConfigJson, tokenizerJson } from './tokenizer-files.ts'

const [directory = fileURLToPath(new URL('../model/', import.meta.url)), steps = '500'] =
  process.argv.slice(2)
const STEPS = Number(steps)
const PER_KIND = 16
const PEAK_RATE = 3e-3
/** About how many tokens a demonstration trains: the loss is divided by it. */
const ANSWER_TOKENS = 30

const KINDS = Object.entries(DEMONSTRATIONS)

/** Linear warm-up over 40 steps, then a cosine down to zero. */
function learningRate(step: number): number {
  return PEAK_RATE * Math.min(1, (step + 1) / 40) * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS))
}

/** A demonstration to learn from, and its share of the loss. */
interface Imitated extends PassItem {
  readonly input: GivenInput
}

function imitated(
  demonstration: Demonstration,
  renderer: Renderer,
  tokenize: (text: string) => Int32Array,
): Imitated {
  const { response, mask } = demonstrationTokens(demonstration, renderer, tokenize)
  const share = 1 / (PER_KIND * KINDS.length * ANSWER_TOKENS)
  return {
    prompt: renderer.start(demonstration.messages),
    response,
    mask,
    temperature: 1,
    input: {
      mask,
      coefficients: Float32Array.from(mask, (trained) => trained * share),
      advantages: new Float32Array(mask.length).fill(1),
    },
  }
}

function meanLoss(logprobs: readonly Float32Array[], items: readonly Imitated[]): string {
  const trained = logprobs.flatMap((values, i) =>
    Array.from(values).filter((_, t) => items[i].input.mask[t] === 1),
  )
  return (-trained.reduce((sum, value) => sum + value, 0) / trained.length).toFixed(4)
}

await mkdir(directory, { recursive: true })
await writeFile(`${directory}/tokenizer.json`, `${JSON.stringify(tokenizerJson(), null, 1)}\n`)
await writeFile(
  `${directory}/tokenizer_config.json`,
  `${JSON.stringify(tokenizerConfigJson(), null, 1)}\n`,
)
const tokenizer = await loadTokenizer(directory)
const renderer = chatRenderer({ tokenizer })
const { name: backend } = await selectBackend('auto')
console.log(`${backend}: ${STEPS} steps of ${PER_KIND * KINDS.length} demonstrations`)
const config = parseModelConfig(MODEL_CONFIG, 'model-config.ts')
const parameters = initializeModel(config, 0)
const policy = new LocalPolicy(config, parameters, { name: 'warm-start' })
const objective = nll()
const begun = performance.now()
for (let step = 0; step < STEPS; step++) {
  const items = KINDS.flatMap(([name, make]) =>
    Array.from({ length: PER_KIND }, (_, i) =>
      imitated(make(randomStream(0, 'warm-start', step, name, i)), renderer, tokenizer.encode),
    ),
  )
  const inputs = items.map(({ input }) => input)
  const scores = await policy.accumulate(items, lossSlopes(objective, inputs))
  await policy.step({ learningRate: learningRate(step), clipNorm: 1 })
  if (step % 50 !== 0 && step !== STEPS - 1) continue
  const own = <T>(list: readonly T[], kind: number): readonly T[] =>
    list.slice(kind * PER_KIND, (kind + 1) * PER_KIND)
  const losses = KINDS.map(
    ([name], kind) =>
      `${name} ${meanLoss(
        own(scores, kind).map(({ logprobs }) => logprobs),
        own(items, kind),
      )}`,
  )
  console.log(
    `step ${step}  ${((performance.now() - begun) / 1000).toFixed(0)} s  nats per token: ${losses.join(', ')}`,
  )
}
await saveModelFolder(directory, config, parameters)
console.log(`wrote ${directory}`)
