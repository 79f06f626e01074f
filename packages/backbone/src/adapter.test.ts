import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawStream, type PassItem } from '@icrl/core'
import { testPolicy } from '@icrl/core/testing'
import { memory, setBackend, type Tensor, tensor, variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends, promisesBits } from '../test/backends.ts'
import { drawKey } from '../test/draw-key.ts'
import { accumulate, slopedItem, slopesOf } from '../test/sloped.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { type Adapter, initializeAdapter } from './adapter.ts'
import type { KeepActivations } from './block.ts'
import { createDecoder } from './decoder.ts'
import { GradientSum } from './gradient-sum.ts'
import { initializeModel } from './initialize-model.ts'
import { loadLocalPolicy } from './load-local-policy.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { saveModelFolder } from './save-model-folder.ts'
import { accumulateItems } from './train-pack.ts'
import { keepWeight, type WeightStorage } from './weight-storage.ts'

const config = tinyConfig({ attention_bias: true, model_type: 'qwen2' })
const folder = temporaryFolders()
const adapter = { rank: 3, alpha: 6 }
const ids = (seed: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => (seed * 7 + i * 5 + ((i * i) % 11)) % 24)
const bits = (values: Float32Array): number[] => [
  ...new Int32Array(values.buffer, values.byteOffset, values.length),
]
const request = (i: number) => ({
  prompt: ids(i, 4 + i),
  maxTokens: 12,
  temperature: 0.7 + 0.1 * i,
  stop: [9],
  draws: drawStream(drawKey(i)),
})
const items = [0, 1, 2].map((i) => {
  const response = ids(i + 3, 6 + 3 * i)
  const slopes = Float32Array.from(response, (_, t) => Math.sin(i + t) / 4)
  return slopedItem(ids(i >> 1, 5 + (i >> 1)), response, slopes)
})

function create(options: LocalPolicyOptions = {}, weights: WeightStorage = 'float32'): LocalPolicy {
  const stored = new Map(
    [...initializeModel(config, 3)].map(([name, weight]) => {
      const kept = keepWeight(weight, weights)
      weight.dispose()
      return [name, kept]
    }),
  )
  return new LocalPolicy(config, stored, { adapter, ...options })
}

async function train(policy: LocalPolicy, steps = 1): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await accumulate(policy, items)
    await policy.step({ learningRate: 0.05 })
  }
}

/** Sampled, scored and trained log-probabilities of one policy, in bits. */
async function threeWays(policy: LocalPolicy): Promise<number[][][]> {
  const drawn = await Promise.all([0, 1, 2].map((i) => policy.sample(request(i))))
  const passes: PassItem[] = drawn.map(({ tokens }, i) => ({
    prompt: request(i).prompt,
    response: tokens,
    temperature: request(i).temperature,
  }))
  const scored = await policy.score(passes)
  const trained = await policy.accumulate(passes, (indices) =>
    indices.map((i) => ({ logprobs: new Float32Array(passes[i].response.length) })),
  )
  return [drawn, scored, trained].map((all) => all.map(({ logprobs }) => bits(logprobs)))
}

const backends = await modelBackends()
const fastest = backends.filter(promisesBits).at(-1)

describe.each(backends)('an adapter on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  for (const { name, run } of testPolicy(async () => create(), {
    vocabularySize: config.vocabularySize,
    directory: folder,
  }))
    it.runIf(backend === fastest)(name, run)

  it.runIf(promisesBits(backend)).each<[WeightStorage, KeepActivations]>([
    ['float32', 'all'],
    ['bf16', 'attention'],
    ['float32', 'inputs'],
  ])('samples what it scores and trains, to the bit: %s, keep %s', async (weights, keep) => {
    await using policy = create({ keep }, weights)
    await train(policy, 2)
    const [drawn, scored, trained] = await threeWays(policy)
    expect(scored).toEqual(drawn)
    expect(trained).toEqual(drawn)
  })

  it.each<WeightStorage>(['float32', 'bf16'])(
    'changes nothing before it has learned, then what it samples, %s',
    async (weights) => {
      await using policy = create({}, weights)
      await using base = await policy.baseSnapshot()
      const before = await base.sample(request(1))
      expect(bits((await policy.sample(request(1))).logprobs)).toEqual(bits(before.logprobs))
      await train(policy)
      expect(bits((await policy.sample(request(1))).logprobs)).not.toEqual(bits(before.logprobs))
      expect(bits((await base.sample(request(1))).logprobs)).toEqual(bits(before.logprobs))
    },
  )

  it.each<WeightStorage>(['float32', 'bf16'])(
    'has the gradients that central differences find, whatever is kept: %s',
    async (weights) => {
      const parameters = new Map(
        [...initializeModel(config, 3)].map(([name, weight]) => [
          name,
          keepWeight(weight, weights),
        ]),
      )
      const own = initializeAdapter(config, { ...adapter, rankStabilized: true })
      for (const [name, parameter] of own.parameters)
        parameter.assign(
          tensor(
            Float32Array.from({ length: parameter.size }, (_, i) => Math.sin(i + name.length) / 3),
            parameter.shape,
          ),
        )
      const learned = new GradientSum((name) => own.parameters.has(name))
      const pass = async (gradients: GradientSum, keep: KeepActivations): Promise<number> => {
        const scores = await accumulateItems({
          decoder: createDecoder(config, parameters, own),
          call: { items, slopes: slopesOf(items, 0), entropySlopes: false },
          want: {},
          gradients,
          keep,
          packTokens: 20,
        })
        return scores.reduce(
          (sum, { logprobs }, i) =>
            logprobs.reduce((total, logprob, t) => total + logprob * items[i].slopes[t], sum),
          0,
        )
      }
      await pass(learned, 'all')
      const found = new Map(
        [...own.parameters.keys()].map((name) => [name, valuesOf(learned.get(name) as Tensor)]),
      )
      expect(learned.size).toBe(own.parameters.size)
      for (const keep of ['attention', 'inputs'] as const) {
        const other = new GradientSum((name) => own.parameters.has(name))
        await pass(other, keep)
        for (const [name, values] of found)
          expect(bits(valuesOf(other.get(name) as Tensor)), name).toEqual(bits(values))
        other.clear()
      }
      const none = new GradientSum(() => false)
      for (const [name, parameter] of [...own.parameters].filter((_, i) => i % 5 === 0)) {
        const values = valuesOf(parameter)
        const at = values.length >> 1
        const loss = async (change: number): Promise<number> => {
          const changed = values.slice()
          changed[at] += change
          parameter.assign(tensor(changed, parameter.shape))
          return pass(none, 'inputs')
        }
        const slope = ((await loss(0.01)) - (await loss(-0.01))) / 0.02
        parameter.assign(tensor(values, parameter.shape))
        const largest = found.get(name)!.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
        expect(Math.abs(found.get(name)![at] - slope), name).toBeLessThan(0.02 * largest + 2e-4)
      }
    },
  )

  it('trains with gradients and moments of its own parameters alone', async () => {
    await using policy = create()
    const size = 4 * policy.learnedSize
    expect(policy.learnedSize).toBe(sizeOf(3))
    const before = memory().numBytes
    await accumulate(policy, items)
    expect(memory().numBytes - before).toBe(size)
    await policy.step({ learningRate: 0.1 })
    expect(memory().numBytes - before).toBe(2 * size)
  })

  it.runIf(promisesBits(backend))(
    'shares its base with other adapters and snapshots, which cost A and B alone',
    async () => {
      const before = memory()
      const solver = create()
      const whole = memory().numBytes - before.numBytes
      const critic = solver.withAdapter({ name: 'critic', adapter: { rank: 2, seed: 1 } })
      const alone = memory().numBytes
      const snapshot = await solver.snapshot()
      const base = await critic.baseSnapshot()
      expect(memory().numBytes - alone).toBe(4 * solver.learnedSize)
      expect(alone - before.numBytes - whole).toBe(4 * critic.learnedSize)
      await train(solver, 2)
      await train(critic)
      const ways = [await threeWays(solver), await threeWays(critic), await threeWays(solver)]
      for (const [drawn, scored, trained] of ways) {
        expect(scored).toEqual(drawn)
        expect(trained).toEqual(drawn)
      }
      expect(ways[2]).toEqual(ways[0])
      expect(ways[1]).not.toEqual(ways[0])
      const still = bits((await snapshot.sample(request(2))).logprobs)
      await solver[Symbol.asyncDispose]()
      expect(bits((await snapshot.sample(request(2))).logprobs)).toEqual(still)
      expect(bits((await base.sample(request(2))).logprobs)).toEqual(still)
      await critic[Symbol.asyncDispose]()
      await base[Symbol.asyncDispose]()
      await snapshot[Symbol.asyncDispose]()
      expect(memory().numTensors).toBe(before.numTensors)
      await using full = new LocalPolicy(config, initializeModel(config, 0))
      expect(() => full.withAdapter({ adapter })).toThrow('Weights that learn cannot be shared.')
    },
  )

  it('goes back to a snapshot of its own, and to no other', async () => {
    await using policy = create()
    await train(policy)
    await using snapshot = await policy.snapshot()
    const then = bits((await policy.sample(request(0))).logprobs)
    await train(policy)
    await policy.restore(snapshot)
    expect(bits((await policy.sample(request(0))).logprobs)).toEqual(then)
    await using other = policy.withAdapter({ adapter: { rank: 2 } })
    await using stranger = create()
    for (const [into, from] of [
      [other, snapshot],
      [stranger, snapshot],
      [policy, await policy.baseSnapshot()],
    ] as const)
      await expect(into.restore(from)).rejects.toThrow('another adapter, or another base')
  })

  it('is saved as PEFT does; a run in parts has the bits of a whole one', async () => {
    const base = await folder()
    const start = initializeModel(config, 3)
    await saveModelFolder(base, config, start)
    const open = (directory = base, weights: WeightStorage = 'bf16'): Promise<LocalPolicy> =>
      loadLocalPolicy(directory, { weights, ...(directory === base && { adapter }) })
    const weightsOf = async (policy: LocalPolicy): Promise<Buffer> => {
      const saved = await folder()
      await policy.save(saved)
      return readFile(join(saved, 'adapter_model.safetensors'))
    }
    await using whole = await open()
    await train(whole, 2)
    const saved = await folder()
    {
      await using first = await open()
      await train(first)
      await first.save(saved)
    }
    await using second = await open()
    await second.load(saved)
    expect(second.version).toBe('policy@1')
    await train(second)
    expect(await weightsOf(second)).toEqual(await weightsOf(whole))
    // A folder of its own opens with the base that it names, its weights kept another way.
    await using third = await open(saved, 'float32')
    expect(third.learnedSize).toBe(second.learnedSize)
    await using file = await SafetensorsFile.open(join(saved, 'adapter_model.safetensors'))
    const name = 'base_model.model.model.layers.1.mlp.down_proj.lora_A.weight'
    expect(file.tensor(name).shape).toEqual([3, 24])
    expect(file.header.tensors.size).toBe(2 * 7 * 2)
    expect(JSON.parse(await readFile(join(saved, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: base,
      r: 3,
      lora_alpha: 6,
    })
  })

  it('merged, is a model that scores alike without it', async () => {
    const merged = await folder()
    await using policy = create()
    await train(policy, 2)
    await policy.saveMerged(merged)
    await using plain = await loadLocalPolicy(merged)
    const [found, expected] = [await plain.score(items), await policy.score(items)]
    found.forEach(({ logprobs }, i) =>
      logprobs.forEach((value, t) => expect(value).toBeCloseTo(expected[i].logprobs[t], 4)),
    )
  })

  it('of another base, or of another kind, is refused by name', async () => {
    const [saved, base, other] = [await folder(), await folder(), await folder()]
    await saveModelFolder(base, config, initializeModel(config, 3))
    await using policy = create({ adapter: { ...adapter, base } })
    await policy.save(saved)
    const load = (options: object): Promise<LocalPolicy> => loadLocalPolicy(saved, options)
    await saveModelFolder(other, config, initializeModel(config, 4))
    await expect(load({ base: other })).rejects.toThrow(
      `an adapter of another model (${base}): its weights are not those that it was trained over`,
    )
    const wider = tinyConfig({ attention_bias: true, model_type: 'qwen2', intermediate_size: 32 })
    await saveModelFolder(other, wider, initializeModel(wider, 4))
    await expect(load({ base: other })).rejects.toThrow(
      /gate_proj\.lora_B\.weight has shape \[24, 3\], this model needs \[32, 3\]/,
    )
    await using second = create({ adapter: { rank: 4 } })
    await expect(second.load(saved)).rejects.toThrow(
      /rank 3, alpha 6 and targets .*; this policy's adapter has rank 4, alpha 32/,
    )
    await expect(load({ adapter })).rejects.toThrow('and another one is asked for')
  })
})

const valuesOf = (values: Tensor): Float32Array => values.dataSync<'float32'>().slice()

/** Numbers of an adapter of this rank in every layer of the tiny model. */
function sizeOf(rank: number): number {
  const { hiddenSize: D, heads, keyValueHeads, headDim, feedForwardSize: F } = config
  const [queries, keys] = [heads * headDim, keyValueHeads * headDim]
  const sides = [D + queries, D + keys, D + keys, queries + D, D + F, D + F, F + D]
  return config.layers * rank * sides.reduce((sum, side) => sum + side, 0)
}

describe('an adapter', () => {
  beforeAll(() => setBackend('cpu'))

  it('begins as in PEFT: A uniform within ±1/√in, by seed and name; B zero', () => {
    const one: Adapter = initializeAdapter(config, { rank: 8 })
    const again = initializeAdapter(config, { rank: 8, seed: 0 })
    const other = initializeAdapter(config, { rank: 8, seed: 1 })
    for (const [name, parameter] of one.parameters) {
      const values = valuesOf(parameter)
      expect(valuesOf(again.parameters.get(name)!)).toEqual(values)
      if (name.includes('lora_B')) expect(values.every((value) => value === 0)).toBe(true)
      else {
        expect(valuesOf(other.parameters.get(name)!)).not.toEqual(values)
        const bound = 1 / Math.sqrt(parameter.shape[1]!)
        const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length
        expect(values.every((value) => Math.abs(value) <= bound)).toBe(true)
        expect(variance / (bound ** 2 / 3)).toBeGreaterThan(0.6)
        expect(variance / (bound ** 2 / 3)).toBeLessThan(1.4)
      }
    }
  })

  it('names the option that is wrong', () => {
    const make = (options: Parameters<typeof initializeAdapter>[1]) => () =>
      initializeAdapter(config, options)
    expect(make({ rank: 0 })).toThrow('adapter: rank is 0.')
    expect(make({ rank: 2, alpha: 0 })).toThrow('adapter: alpha is 0.')
    expect(make({ rank: 2, targets: [] })).toThrow('adapter: targets is empty.')
    expect(make({ rank: 2, targets: ['lm_head'] })).toThrow('adapter: targets names "lm_head".')
  })

  it('needs frozen weights in float32 or bf16; bf16 alone cannot learn', async () => {
    const stored = new Map(
      [...initializeModel(config, 0)].map(([name, weight]) => [name, keepWeight(weight, 'bf16')]),
    )
    expect(() => new LocalPolicy(config, stored)).toThrow(
      'model.embed_tokens.weight is kept in bf16 and cannot be trained.',
    )
    const given = initializeAdapter(config, { rank: 1 })
    const b = [...given.parameters].find(([name]) => name.includes('lora_B'))!
    b[1].assign(variable(tensor(new Float32Array(b[1].size).fill(1), b[1].shape)))
    await using policy = new LocalPolicy(config, stored, { adapter: given })
    await using base = await policy.baseSnapshot()
    const [own, plain] = [await policy.score(items), await base.score(items)]
    expect(bits(own[0].logprobs)).not.toEqual(bits(plain[0].logprobs))
  })
})
