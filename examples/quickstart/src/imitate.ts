import { mkdir, writeFile } from 'node:fs/promises'
import {
  initializeModel,
  LocalPolicy,
  parseModelConfig,
  saveModelFolder,
  selectBackend,
} from '@icrl/backbone'
import {
  IcrlError,
  randomStream,
  type PassItem,
  type RandomStream,
  type Renderer,
} from '@icrl/core'
import { lossSlopes, nll, type GivenInput } from '@icrl/objective'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import type { Demonstration } from './demonstration.ts'
import { modelConfig } from './model-config.ts'
import { SPECIAL, tokenizerConfigJson, tokenizerJson } from './tokenizer-files.ts'

const PER_KIND = 64
const PEAK_RATE = 3e-3

export interface ImitateOptions {
  /** Folder the model is written to, in Hugging Face layout. */
  readonly directory: string
  readonly vocabulary: readonly string[]
  /** Makers of demonstrations by name; a step has 64 of each. The draws depend on the names. */
  readonly kinds: Readonly<Record<string, (draws: RandomStream) => Demonstration>>
  readonly steps: number
  /** About how many tokens a demonstration trains: the loss is divided by it. */
  readonly answerTokens: number
}

/** Linear warm-up over 40 steps, then a cosine down to zero. */
function learningRate(step: number, steps: number): number {
  return PEAK_RATE * Math.min(1, (step + 1) / 40) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
}

/** Ids of what a demonstration says, with its observations masked. */
export function demonstrationTokens(
  { answer, further = [] }: Demonstration,
  vocabulary: readonly string[],
  renderer: Pick<Renderer, 'continue'>,
): { readonly response: Int32Array; readonly mask: Uint8Array } {
  const ids: number[] = []
  const mask: number[] = []
  const append = (tokens: Iterable<number>, trained: 0 | 1): void => {
    for (const id of tokens) {
      ids.push(id)
      mask.push(trained)
    }
  }
  const say = (text: string): void =>
    append(
      [...text.split(' ').filter(Boolean), SPECIAL.end].map((word) => idOf(word, vocabulary)),
      1,
    )
  say(answer)
  for (const { observation, answer: next } of further) {
    append(renderer.continue([{ role: 'user', content: observation }], 'stop'), 0)
    say(next)
  }
  return { response: Int32Array.from(ids), mask: Uint8Array.from(mask) }
}

function idOf(word: string, vocabulary: readonly string[]): number {
  const id = vocabulary.indexOf(word)
  if (id < 0)
    throw new IcrlError(`demonstration: "${word}" is not in the vocabulary.`, {
      code: 'vocabulary-mismatch',
      remedy: 'Add the word, or demonstrate with those there are.',
    })
  return id
}

/** A demonstration to learn from, and its share of the loss. */
interface Imitated extends PassItem {
  readonly input: GivenInput
}

function imitated(
  demonstration: Demonstration,
  { vocabulary, kinds, answerTokens }: ImitateOptions,
  renderer: Renderer,
): Imitated {
  const { response, mask } = demonstrationTokens(demonstration, vocabulary, renderer)
  const fill = (value: number): Float32Array => new Float32Array(response.length).fill(value)
  const coefficients = fill(1 / (PER_KIND * Object.keys(kinds).length * answerTokens)).map(
    (share, t) => share * mask[t],
  )
  return {
    prompt: renderer.start(demonstration.messages),
    response,
    mask,
    temperature: 1,
    input: { mask, coefficients, advantages: fill(1) },
  }
}

async function writeTokenizer(directory: string, vocabulary: readonly string[]): Promise<Renderer> {
  await mkdir(directory, { recursive: true })
  await writeFile(
    `${directory}/tokenizer.json`,
    `${JSON.stringify(tokenizerJson(vocabulary), null, 1)}\n`,
  )
  await writeFile(
    `${directory}/tokenizer_config.json`,
    `${JSON.stringify(tokenizerConfigJson(), null, 1)}\n`,
  )
  return chatRenderer({ tokenizer: await loadTokenizer(directory) })
}

/**
 * A warm start: trains a fresh 100k-parameter model to imitate demonstrations and writes it with
 * its tokenizer. Prints the mean negative log-likelihood by kind, in nats per token, as it goes.
 */
export async function imitate(options: ImitateOptions): Promise<void> {
  const { directory, vocabulary, steps } = options
  const kinds = Object.entries(options.kinds)
  const { name: backend } = await selectBackend('auto')
  console.log(
    `${backend}: ${steps} steps of ${PER_KIND * kinds.length} demonstrations, ${vocabulary.length} words`,
  )
  const renderer = await writeTokenizer(directory, vocabulary)
  const config = parseModelConfig(modelConfig(vocabulary), 'model-config.ts')
  const parameters = initializeModel(config, 0)
  const policy = new LocalPolicy(config, parameters, { name: 'warm-start' })
  const objective = nll()
  for (let step = 0; step < steps; step++) {
    const items = kinds.flatMap(([name, make]) =>
      Array.from({ length: PER_KIND }, (_, i) =>
        imitated(make(randomStream(0, 'warm-start', step, name, i)), options, renderer),
      ),
    )
    const inputs = items.map(({ input }) => input)
    const scores = await policy.accumulate(items, lossSlopes(objective, inputs))
    await policy.step({ learningRate: learningRate(step, steps), clipNorm: 1 })
    if (step % 50 !== 0 && step !== steps - 1) continue
    const losses = kinds.map(([name], kind) => {
      const own = scores.slice(kind * PER_KIND, (kind + 1) * PER_KIND)
      return `${name} ${meanLoss(
        own.map(({ logprobs }) => logprobs),
        items.slice(kind * PER_KIND, (kind + 1) * PER_KIND),
      )}`
    })
    console.log(`step ${step}  loss: ${losses.join(', ')}`)
  }
  await saveModelFolder(directory, config, parameters)
  console.log(`wrote ${directory}`)
}

function meanLoss(logprobs: readonly Float32Array[], items: readonly Imitated[]): string {
  const trained = logprobs.flatMap((values, i) =>
    Array.from(values).filter((_, t) => items[i].input.mask[t] === 1),
  )
  return (-trained.reduce((sum, value) => sum + value, 0) / trained.length).toFixed(4)
}
