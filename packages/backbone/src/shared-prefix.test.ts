import { type Generation, randomStream, type SampleRequest } from '@icrl/core'
import { setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends, promisesBits } from '../test/backends.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { GradientSum } from './gradient-sum.ts'
import { createDecoder } from './decoder.ts'
import { Inference } from './inference.ts'
import { initializeModel } from './initialize-model.ts'
import { packItems } from './pack.ts'
import { splitIntoPacks } from './split-into-packs.ts'
import { accumulateItems } from './train-pack.ts'
import { slopedItem, type SlopedItem, slopesOf } from '../test/sloped.ts'

const config = tinyConfig()
const ids = (seed: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => (seed * 7 + i * 5 + ((i * i) % 11)) % config.vocabularySize)
const PROMPTS = [ids(1, 40), Int32Array.of(...ids(1, 36), ...ids(2, 9)), ids(3, 1)]

/**
 * Eight samples a prompt; of every third the loss sees the turns of a conversation only: runs of
 * tokens between others.
 */
const items = (): SlopedItem[] =>
  Array.from({ length: 24 }, (_, i) => {
    const response = ids(10 + i, 3 + ((i * 5) % 14))
    const item = slopedItem(
      PROMPTS[Math.floor(i / 8)],
      response,
      Float32Array.from(response, (_, t) => Math.sin(i + t)),
      { temperature: 0.6 + 0.1 * (i % 5), unit: `${i}` },
    )
    const mask = Uint8Array.from(response, (_, t) => (i % 3 === 2 && t % 5 > 2 ? 0 : 1))
    return { ...item, mask }
  })

interface Trained {
  readonly gradients: Map<string, Float32Array>
  readonly logprobs: Int32Array[]
}

/** Gradients and log-probabilities of items trained in the given packs. */
async function train(packs: readonly (readonly number[])[]): Promise<Trained> {
  const parameters = initializeModel(config, 3)
  const { decoder } = new Inference(createDecoder(config, parameters), () => 'test')
  const [sum, batch] = [new GradientSum(), items()]
  const logprobs: Int32Array[] = []
  for (const pack of packs) {
    const own = pack.map((i) => batch[i])
    const scores = await accumulateItems({
      decoder,
      call: { items: own, slopes: slopesOf(own, 0.01), entropySlopes: true },
      want: { entropy: true },
      gradients: sum,
      keep: 'all',
      packTokens: Infinity,
    })
    pack.forEach((i, m) => (logprobs[i] = new Int32Array(scores[m].logprobs.buffer)))
  }
  const gradients = new Map(
    [...parameters.keys()].map((name) => [
      name,
      Float32Array.from(sum.get(name)?.dataSync() ?? []),
    ]),
  )
  sum.clear()
  for (const parameter of parameters.values()) parameter.dispose()
  return { gradients, logprobs }
}

/** The largest difference of a parameter's gradients, as a share of its largest gradient. */
function noise(found: Float32Array, expected: Float32Array): number {
  const largest = (values: Float32Array): number =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest(found.map((value, i) => value - expected[i])) / largest(expected)
}

describe.each(await modelBackends())('prompts shared on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  const packed = items()
  const budgets = [4096, 200, 60]

  it.runIf(promisesBits(backend)).each(budgets)(
    'give the log-probabilities of unshared ones to the bit and their gradients within 1e-5, packs of %i rows',
    async (budget) => {
      const packs = splitIntoPacks(packed, budget)
      const rows = (members: readonly number[]): number =>
        packItems(members.map((i) => packed[i])).ids.length
      const unsharedRows = packed.reduce((total, _, i) => total + rows([i]), 0)
      expect(packs.reduce((total, pack) => total + rows(pack), 0)).toBeLessThan(0.75 * unsharedRows)
      const [shared, unshared] = [await train(packs), await train(packed.map((_, i) => [i]))]
      expect(shared.logprobs).toEqual(unshared.logprobs)
      for (const [name, expected] of unshared.gradients)
        expect(noise(shared.gradients.get(name) as Float32Array, expected), name).toBeLessThan(1e-5)
    },
  )

  it.runIf(promisesBits(backend))('are sampled as each alone is', async () => {
    const parameters = initializeModel(config, 3)
    const inference = new Inference(createDecoder(config, parameters), () => 'test')
    const requests = [...PROMPTS, PROMPTS[0].subarray(0, 36)].map((prompt, i): SampleRequest => ({
      prompt,
      maxTokens: 6,
      temperature: 1,
      stop: [],
      draws: randomStream(i),
    }))
    const alone: Generation[] = []
    for (const request of requests) alone.push(await inference.sample(request))
    expect(await Promise.all(requests.map((request) => inference.sample(request)))).toEqual(alone)
    for (const parameter of parameters.values()) parameter.dispose()
  })

  it('give the same bytes of gradients every time', async () => {
    const packs = splitIntoPacks(packed, 200)
    expect((await train(packs)).gradients).toEqual((await train(packs)).gradients)
  })
})
