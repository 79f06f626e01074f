import { memory, profile, setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelBackends } from '../test/backends.ts'
import { accumulate, slopedItem, type SlopedItem } from '../test/sloped.ts'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { parameterShapes } from './parameter-shapes.ts'

const config = tinyConfig()
const NAMES = [...parameterShapes(config).keys()]
const folder = temporaryFolders()
const create = (options: LocalPolicyOptions = {}): LocalPolicy =>
  new LocalPolicy(config, initializeModel(config, 0), options)
const item = (seed: number): SlopedItem =>
  slopedItem(
    Int32Array.of(seed, 2, 3),
    Int32Array.of(4, 5, 6, 7),
    Float32Array.of(-1, 0.5, -0.25, 1),
  )
const isMatrix = (name: string): boolean => name.endsWith('_proj.weight')
const inBlock = (layer: number) => (name: string) => name.startsWith(`model.layers.${layer}.`)

/** Products, and how many kernels of each kind, of two accumulated passes. */
async function kernelsOf(options: LocalPolicyOptions): Promise<Map<string, number>> {
  await using policy = create(options)
  const { kernelNames, kernels } = await profile(async () => {
    await accumulate(policy, [item(1)])
    await accumulate(policy, [item(8)])
    return []
  })
  expect(kernelNames.length).toBeGreaterThan(0)
  const counts = new Map<string, number>()
  for (const { name } of kernels) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Weights of a policy after two steps, by name. */
async function trained(
  options: LocalPolicyOptions,
  restart = false,
): Promise<Map<string, number[]>> {
  let policy = create(options)
  for (const seed of [1, 8]) {
    await accumulate(policy, [item(seed)])
    await policy.step({ learningRate: 0.05 })
    if (!restart) continue
    const saved = await folder()
    await policy.save(saved)
    await policy[Symbol.asyncDispose]()
    policy = create(options)
    await policy.load(saved)
  }
  const saved = await folder()
  await policy.save(saved)
  await policy[Symbol.asyncDispose]()
  return weightsIn(saved)
}

async function weightsIn(saved: string): Promise<Map<string, number[]>> {
  await using file = await SafetensorsFile.open(`${saved}/model.safetensors`)
  const found = new Map<string, number[]>()
  for (const name of NAMES) found.set(name, [...(await file.read(name))])
  return found
}

describe.each(await modelBackends())('frozen weights on %s', (backend) => {
  beforeAll(() => setBackend(backend))

  it('have no gradient computed: no product per matrix and pass', async () => {
    const products = (counts: Map<string, number>): number =>
      (counts.get('BatchMatMul') ?? 0) + (counts.get('IcrlAddWeightGrad') ?? 0)
    const all = await kernelsOf({})
    const matrices = NAMES.filter(isMatrix).length
    expect(matrices).toBe(14)
    const without = await kernelsOf({ frozen: isMatrix })
    expect(products(all) - products(without)).toBe(2 * matrices)
    const one = 'model.layers.1.mlp.down_proj.weight'
    expect(products(all) - products(await kernelsOf({ frozen: [one] }))).toBe(2)
  })

  it('below the lowest that learns are not back-propagated at all', async () => {
    const backward = 'IcrlOutputAndMlpGrad'
    const blocks = async (frozen: LocalPolicyOptions['frozen']): Promise<number> => {
      const counts = await kernelsOf({ frozen })
      return backend === 'native-cpu'
        ? (counts.get(backward) ?? 0)
        : // The composition has one sigmoid a block, forward, and two more, backward.
          (counts.get('Sigmoid') ?? 0)
    }
    const [both, upper, none] = [
      await blocks([]),
      await blocks((name) => !inBlock(1)(name)),
      await blocks((name) => name !== 'model.norm.weight'),
    ]
    expect(both - upper).toBeGreaterThan(0)
    expect(upper - none).toBe(both - upper)
    if (backend === 'native-cpu') expect([both, upper, none]).toEqual([4, 2, 0])
  })

  it('stay to the bit, and those that learn move as they would in one pass', async () => {
    const start = await weightsIn(await saveNew())
    const frozen = (name: string): boolean => !inBlock(1)(name)
    const found = await trained({ frozen })
    for (const [name, values] of found)
      if (frozen(name)) expect(values, name).toEqual(start.get(name))
      else expect(values, name).not.toEqual(start.get(name))
    // After one step the gradients of all learning alike are those of some learning.
    const step = async (options: LocalPolicyOptions): Promise<Map<string, number[]>> => {
      await using policy = create(options)
      await accumulate(policy, [item(1)])
      await policy.step({ learningRate: 0.05 })
      const saved = await folder()
      await policy.save(saved)
      return weightsIn(saved)
    }
    const [some, every] = [await step({ frozen }), await step({})]
    for (const name of NAMES.filter(inBlock(1))) expect(some.get(name)).toEqual(every.get(name))
  })

  it('leave the norm of the gradient to those that learn', async () => {
    const normOf = async (options: LocalPolicyOptions): Promise<number> => {
      await using policy = create(options)
      await accumulate(policy, [item(1)])
      return (await policy.step({ learningRate: 0 })).gradientNorm as number
    }
    const [lower, upper] = [
      await normOf({ frozen: inBlock(1) }),
      await normOf({ frozen: (name) => !inBlock(1)(name) }),
    ]
    expect(Math.hypot(lower, upper)).toBeCloseTo(await normOf({}), 5)
  })

  it('have no moments, in memory and in the file', async () => {
    const saved = await folder()
    const bytes = async (options: LocalPolicyOptions): Promise<number> => {
      await using policy = create(options)
      await accumulate(policy, [item(1)])
      const before = memory().numBytes
      await policy.step({ learningRate: 0.1 })
      await policy.save(saved)
      return memory().numBytes - before
    }
    const learn = NAMES.filter(inBlock(1))
    const size = (names: readonly string[]): number =>
      names.reduce(
        (total, name) =>
          total +
          4 *
            parameterShapes(config)
              .get(name)!
              .reduce((product, side) => product * side, 1),
        0,
      )
    // Gradients go, moments come.
    expect(await bytes({})).toBe(size(NAMES))
    expect(await bytes({ frozen: (name) => !learn.includes(name) })).toBe(size(learn))
    await using file = await SafetensorsFile.open(`${saved}/optimizer.safetensors`)
    expect([...file.header.tensors.keys()].sort()).toEqual(
      learn.flatMap((name) => [`first_moment.${name}`, `second_moment.${name}`]).sort(),
    )
  })

  it('are saved and loaded: a run in parts has the bits of a whole one', async () => {
    const frozen = new Set(NAMES.filter(inBlock(0)))
    expect(await trained({ frozen }, true)).toEqual(await trained({ frozen }))
  })

  it('must be the same ones when an optimizer is loaded', async () => {
    const [all, some] = [await folder(), await folder()]
    const name = 'model.layers.1.mlp.up_proj.weight'
    for (const [saved, frozen] of [
      [all, []],
      [some, [name]],
    ] as const) {
      await using policy = create({ frozen })
      await accumulate(policy, [item(1)])
      await policy.step({ learningRate: 0.1 })
      await policy.save(saved)
    }
    await using policy = create()
    await expect(policy.load(some)).rejects.toThrow(
      `optimizer.safetensors: ${name} was frozen when it was saved, and learns here. Give the same \`frozen\` as then`,
    )
    await using other = create({ frozen: [name] })
    await expect(other.load(all)).rejects.toThrow(
      `optimizer.safetensors: ${name} learned when it was saved, and is frozen here.`,
    )
    expect(other.version).toBe('policy@0')
  })

  it('are named as in the checkpoint, and not all', () => {
    const parameters = initializeModel(config, 0)
    const make = (frozen: LocalPolicyOptions['frozen']) => () =>
      new LocalPolicy(config, parameters, { frozen })
    expect(make(['model.layers.2.mlp.up_proj.weight'])).toThrow(
      'frozen: the model has no parameter "model.layers.2.mlp.up_proj.weight". Names are as in the checkpoint, such as model.embed_tokens.weight.',
    )
    expect(make(() => true)).toThrow(
      `frozen: all ${NAMES.length} parameters are, so nothing could learn. Leave one out`,
    )
  })
})

async function saveNew(): Promise<string> {
  await using policy = create()
  const saved = await folder()
  await policy.save(saved)
  return saved
}
