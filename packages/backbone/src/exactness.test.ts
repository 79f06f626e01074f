import { drawStream } from '@icrl/core'
import type { Generation, SampleRequest } from '@icrl/core'
import { setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { exactBackends } from '../test/backends.ts'
import { drawKey } from '../test/draw-key.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { accumulate, slopedItem } from '../test/sloped.ts'

const config = tinyConfig()
const ids = (seed: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => (seed * 7 + i * 5 + ((i * i) % 11)) % config.vocabularySize)
const PROMPTS = [
  ids(1, 3),
  ids(2, 61),
  ids(1, 3),
  ids(3, 1),
  ids(2, 61),
  ids(4, 20),
  ids(1, 3),
  ids(5, 50),
]
const create = (options: LocalPolicyOptions = {}): LocalPolicy =>
  new LocalPolicy(config, initializeModel(config, 3), options)

function request(i: number): SampleRequest {
  return {
    prompt: PROMPTS[i],
    maxTokens: 4 + 3 * i,
    temperature: i % 3 === 0 ? 1 : 0.5 + 0.2 * i,
    stop: [9],
    draws: drawStream(drawKey(i)),
  }
}

const temperatureOf = (i: number): number => request(i).temperature

function bits(values: Float32Array): number[] {
  return [...new Int32Array(values.buffer, values.byteOffset, values.length)]
}

describe.each(await exactBackends())('on %s', (backend) => {
  let alone: Generation[]

  beforeAll(async () => {
    await setBackend(backend)
    const policy = create()
    alone = []
    for (const i of PROMPTS.keys()) alone.push(await policy.sample(request(i)))
    await policy[Symbol.asyncDispose]()
  })

  const expectSame = (found: readonly Generation[]): void => {
    found.forEach(({ tokens, logprobs, finish }, i) => {
      expect([...tokens], `tokens of request ${i}`).toEqual([...alone[i].tokens])
      expect(bits(logprobs), `log-probabilities of request ${i}`).toEqual(bits(alone[i].logprobs))
      expect(finish).toBe(alone[i].finish)
    })
  }

  it('samples the same alone and all at once, with shared prompts', async () => {
    await using policy = create()
    expectSame(await Promise.all(PROMPTS.map((_, i) => policy.sample(request(i)))))
  })

  it.each([0, 4_000])(
    'samples the same with %i bytes of the weights laid out for decode steps',
    async (panelBytes) => {
      await using policy = create({ panelBytes })
      expectSame(await Promise.all(PROMPTS.map((_, i) => policy.sample(request(i)))))
    },
  )

  it('samples from the weights of the moment, not from those laid out before an update', async () => {
    const afterUpdate = async (panelBytes: number): Promise<Generation[]> => {
      await using policy = create({ panelBytes })
      await policy.sample(request(1))
      await accumulate(policy, [slopedItem(PROMPTS[1], ids(6, 8), new Float32Array(8).fill(1))])
      await policy.step({ learningRate: 0.05 })
      return await Promise.all(PROMPTS.map((_, i) => policy.sample(request(i))))
    }
    const [packed, plain] = [await afterUpdate(2 ** 30), await afterUpdate(0)]
    packed.forEach(({ tokens, logprobs }, i) => {
      expect([...tokens]).toEqual([...plain[i].tokens])
      expect(bits(logprobs)).toEqual(bits(plain[i].logprobs))
    })
    expect(packed.some(({ logprobs }, i) => logprobs[0] !== alone[i].logprobs[0])).toBe(true)
  })

  it('samples the same where requests join and leave a running batch', async () => {
    await using policy = create({ maxConcurrency: 3, prefillTokens: 10 })
    const late = async (i: number): Promise<Generation> => {
      for (let turn = 0; turn < 3 * i; turn++) await new Promise((resolve) => setImmediate(resolve))
      return policy.sample(request(i))
    }
    expectSame(await Promise.all(PROMPTS.map((_, i) => late(i))))
  })

  it('samples the same where the cache must grow under running generations', async () => {
    await using policy = create({ cacheTokens: 300 })
    const order = [0, 3, 6, 2, 5, 7, 1, 4]
    const found = await Promise.all(order.map((i) => policy.sample(request(i))))
    expectSame(PROMPTS.map((_, i) => found[order.indexOf(i)]))
  })

  it('samples the same whether prompts share pages or not, and whenever they join', async () => {
    const [long, branch] = [ids(8, 80), Int32Array.of(...ids(8, 70), ...ids(9, 8))]
    const prompts = [long, long, branch, ids(10, 66), long, ids(8, 64), branch]
    const one = (i: number): SampleRequest => ({ ...request(i), prompt: prompts[i], maxTokens: 12 })
    await using policy = create({ maxConcurrency: 4 })
    const single: Generation[] = []
    for (const i of prompts.keys()) single.push(await policy.sample(one(i)))
    const late = async (i: number): Promise<Generation> => {
      for (let turn = 0; turn < 2 * i; turn++) await new Promise((resolve) => setImmediate(resolve))
      return policy.sample(one(i))
    }
    for (const found of [
      await Promise.all(prompts.map((_, i) => policy.sample(one(i)))),
      await Promise.all(prompts.map((_, i) => late(i))),
    ])
      found.forEach(({ tokens, logprobs }, i) => {
        expect([...tokens], `tokens of request ${i}`).toEqual([...single[i].tokens])
        expect(bits(logprobs), `log-probabilities of ${i}`).toEqual(bits(single[i].logprobs))
      })
  })

  const items = (): { prompt: Int32Array; response: Int32Array; temperature: number }[] =>
    alone.map(({ tokens }, i) => ({
      prompt: PROMPTS[i],
      response: tokens,
      temperature: temperatureOf(i),
    }))

  it.each([
    ['one pack', 4096],
    ['packs of a few rows', 70],
  ])('scores what it sampled, in %s', async (_, packTokens) => {
    await using policy = create({ packTokens })
    const scores = await policy.score(items())
    scores.forEach(({ logprobs }, i) =>
      expect(bits(logprobs), `item ${i}`).toEqual(bits(alone[i].logprobs)),
    )
  })

  it('scores an item alone as among others', async () => {
    await using policy = create()
    const together = await policy.score(items(), { entropy: true, selfCertainty: true })
    for (const i of PROMPTS.keys()) {
      const [single] = await policy.score([items()[i]], { entropy: true, selfCertainty: true })
      expect(bits(single.logprobs)).toEqual(bits(together[i].logprobs))
      expect(bits(single.entropy as Float32Array)).toEqual(
        bits(together[i].entropy as Float32Array),
      )
      expect(bits(single.selfCertainty as Float32Array)).toEqual(
        bits(together[i].selfCertainty as Float32Array),
      )
    }
  })

  it('trains on what it sampled, prompts shared and masks in the middle', async () => {
    await using policy = create({ packTokens: 150 })
    const batch = items().map(({ prompt, response, temperature }, i) => {
      const slopes = Float32Array.from(response, (_, t) => Math.sin(i + t))
      const mask = Uint8Array.from(response, (_, t) => ((t + i) % 3 === 1 ? 0 : 1))
      return slopedItem(prompt, response, slopes, { temperature, mask })
    })
    const scores = await accumulate(policy, batch)
    scores.forEach(({ logprobs }, i) => {
      const masked = alone[i].logprobs.map((logprob, t) => (batch[i].mask![t] ? logprob : 0))
      expect(bits(logprobs), `item ${i}`).toEqual(bits(masked))
    })
  })
})
