/**
 * Makes the model every arm starts from: supervised imitation of a teacher who holds the misconception, knows how to follow a
 * tip, and names operators as a mediocre critic does. 4000 steps of 3 × 64 demonstrations; the result is committed in `model/`.
 *
 *     pnpm --dir examples/quickstart warm-start
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { initialiseModel, LocalPolicy, parseModelConfig, saveModelFolder, selectBackend } from '@icrl/backbone'
import { randomStream, type Renderer, type TrainItem } from '@icrl/core'
import { nll } from '@icrl/objective'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { MODEL_CONFIG } from './model-config.ts'
import { criticDemonstration, soloDemonstration, tippedDemonstration, type Demonstration } from './teacher.ts'
import { NUMBERS, OPERATORS, SPECIAL, tokenizerConfigJson, tokenizerJson, VOCABULARY } from './vocabulary.ts'

const STEPS = 4000
const PER_KIND = 64
const PEAK_RATE = 3e-3
const KINDS = [soloDemonstration, tippedDemonstration, criticDemonstration]
const END = VOCABULARY.indexOf(SPECIAL.end)

const directory = process.argv[2] ?? fileURLToPath(new URL('../model/', import.meta.url))

/** Linear warm-up over 40 steps, then a cosine down to zero. */
function learningRate(step: number): number {
  return PEAK_RATE * Math.min(1, (step + 1) / 40) * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS))
}

function answerIds({ answer }: Demonstration): Int32Array {
  return Int32Array.of(...answer.split(' ').filter(Boolean).map((word) => VOCABULARY.indexOf(word)), END)
}

function trainItem(demonstration: Demonstration, renderer: Renderer, unit: string): TrainItem {
  const response = answerIds(demonstration)
  const fill = (value: number): Float32Array => new Float32Array(response.length).fill(value)
  return {
    prompt: renderer.start(demonstration.messages),
    response,
    temperature: 1,
    unit,
    input: { mask: new Uint8Array(response.length).fill(1), coefficients: fill(1 / (PER_KIND * KINDS.length * 6)), advantages: fill(1) },
  }
}

async function writeTokenizer(): Promise<Renderer> {
  await mkdir(directory, { recursive: true })
  await writeFile(`${directory}/tokenizer.json`, `${JSON.stringify(tokenizerJson(), null, 1)}\n`)
  await writeFile(`${directory}/tokenizer_config.json`, `${JSON.stringify(tokenizerConfigJson(), null, 1)}\n`)
  return chatRenderer({ tokenizer: await loadTokenizer(directory) })
}

const { name: backend } = await selectBackend('auto')
console.log(`${backend}: ${STEPS} steps of ${PER_KIND * KINDS.length} demonstrations, ${NUMBERS.length} values, ${OPERATORS.length} operators`)
const renderer = await writeTokenizer()
const config = parseModelConfig(MODEL_CONFIG, 'model-config.ts')
const parameters = initialiseModel(config, 0)
const policy = new LocalPolicy(config, parameters, { name: 'warm-start' })
const objective = nll()
for (let step = 0; step < STEPS; step++) {
  const items = KINDS.flatMap((make, kind) => Array.from({ length: PER_KIND }, (_, i) => trainItem(make(randomStream(0, 'warm-start', step, make.name, i)), renderer, `${kind}-${String(i).padStart(3, '0')}`)))
  const scores = await policy.accumulate(items, objective)
  await policy.step({ learningRate: learningRate(step), clipNorm: 1 })
  if (step % 50 === 0 || step === STEPS - 1) {
    const perKind = KINDS.map((_, kind) => scores.slice(kind * PER_KIND, (kind + 1) * PER_KIND).flatMap(({ logprobs }) => Array.from(logprobs)))
    console.log(`step ${step}  loss: solver ${mean(perKind[0])}, tipped ${mean(perKind[1])}, critic ${mean(perKind[2])}`)
  }
}
await saveModelFolder(directory, config, parameters)
console.log(`wrote ${directory}`)

function mean(logprobs: readonly number[]): string {
  return (-logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length).toFixed(4)
}
