import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setBackend, tensor1d, tensorScatterUpdate } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exactBackends } from '../test/backends.ts'
import { HOW_TO_LINK, linkedTensorflow } from '../test/tensorflow/linked-binding.ts'
import { type OpTypes, usedKernels, usedOps } from '../test/tensorflow/used-kernels.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { RUNS, twoSteps } from '../test/two-layer-run.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'
import { selectBackend } from './select-backend.ts'

const FILE = fileURLToPath(new URL('../test/golden/tensorflow-kernels.json', import.meta.url))
const SCRIPT = fileURLToPath(new URL('../test/tensorflow/registered-kernels.py', import.meta.url))

/** What a TensorFlow registers, and what the compositions need of it. */
interface GpuKernels {
  readonly tensorflow: string
  readonly ops: number
  readonly onGpu: number
  /** TensorFlow.js kernel → operations it executes, with the types of their attributes. */
  readonly needed: Readonly<Record<string, readonly { op: string; types: OpTypes }[]>>
  /** Operation → its kernels for a GPU and for every device: the types that each takes. */
  readonly gpu: Readonly<Record<string, readonly Readonly<Record<string, readonly number[]>>[]>>
}

const library = linkedTensorflow()
const [exact] = (await exactBackends()).slice(-1)
const config = tinyConfig()

type Registered = GpuKernels['gpu'][string][number]

const takes = (kernel: Registered, types: OpTypes): boolean =>
  Object.entries(kernel).every(
    ([name, allowed]) => types[name] === undefined || allowed.includes(types[name]),
  )

/** Operations that no kernel for a GPU takes with those types. */
function withoutGpu({ needed, gpu }: Pick<GpuKernels, 'needed' | 'gpu'>): string[] {
  return Object.values(needed)
    .flat()
    .filter(({ op, types }) => !(gpu[op] ?? []).some((kernel) => takes(kernel, types)))
    .map(({ op, types }) => `${op} ${JSON.stringify(types)}`)
}

/** The kernels for a GPU that take something of what is needed. */
function ofUse({ gpu }: Pick<GpuKernels, 'gpu'>, needed: GpuKernels['needed']): GpuKernels['gpu'] {
  const needs = Object.values(needed).flat()
  return Object.fromEntries(
    Object.entries(gpu).map(([op, kernels]) => [
      op,
      kernels.filter((kernel) => needs.some((need) => need.op === op && takes(kernel, need.types))),
    ]),
  )
}

describe('operations of TensorFlow that the compositions need', () => {
  const known = (): GpuKernels => JSON.parse(readFileSync(FILE, 'utf8')) as GpuKernels

  it('have a kernel for a GPU each, in the TensorFlow that is bound', () =>
    expect(withoutGpu(known())).toEqual([]))

  it('are missed where the list has none for the type', () => {
    const needed = { Add: [{ op: 'AddV2', types: { T: 3 } }] }
    expect(withoutGpu({ needed, gpu: { AddV2: [{ T: [1] }] } })).toEqual(['AddV2 {"T":3}'])
    expect(withoutGpu({ needed, gpu: {} })).toEqual(['AddV2 {"T":3}'])
    expect(withoutGpu({ needed, gpu: { AddV2: [{ T: [1] }, { T: [3] }] } })).toEqual([])
  })

  it('are those of all kernels of TensorFlow.js that a model uses', async () => {
    await setBackend('cpu')
    const unknown = (await usedKernels()).filter((name) => known().needed[name] === undefined)
    expect(unknown).toEqual([])
  })

  // After a change of the compositions or of TensorFlow: run this with -u, where the binding is.
  it.skipIf(library === undefined)(`are those of the list, ${HOW_TO_LINK}`, async () => {
    await selectBackend('tensorflow')
    const used = [...(await usedOps())].sort(([a], [b]) => (a < b ? -1 : 1))
    const needed = Object.fromEntries(
      used.map(([kernel, ops]) => [
        kernel,
        [...ops]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, types]) => ({ op: key.split(' ')[0], types })),
      ]),
    )
    const names = new Set(Object.values(needed).flatMap((ops) => ops.map(({ op }) => op)))
    const { stdout } = spawnSync('python3', [SCRIPT, library as string, ...names], {
      encoding: 'utf8',
    })
    const registered = JSON.parse(stdout) as GpuKernels
    const found = { ...registered, gpu: ofUse(registered, needed), needed }
    await expect(`${JSON.stringify(found, undefined, 1)}\n`).toMatchFileSnapshot(FILE)
  })
})

describe.skipIf(library === undefined)(`a model on tensorflow, ${HOW_TO_LINK}`, () => {
  beforeAll(async () => void (await selectBackend('tensorflow')))
  afterAll(() => setBackend('cpu'))

  /** Every number of two steps, and every token that was drawn. */
  async function numbersOn(backend: string, name: string): Promise<number[]> {
    await setBackend(backend)
    await using policy = new LocalPolicy(config, initializeModel(config, 0), RUNS[name])
    const numbers: number[] = []
    const gather = (value: unknown): void => {
      if (typeof value === 'number') numbers.push(value)
      else if (ArrayBuffer.isView(value)) numbers.push(...(value as Float32Array))
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather)
    }
    gather(await twoSteps(policy))
    return numbers
  }

  it.each(Object.keys(RUNS))('is within 1e-4 of the exact backend: %s', async (name) => {
    const [found, expected] = [await numbersOn('tensorflow', name), await numbersOn(exact, name)]
    expect(found.length).toBe(expected.length)
    expect(found.length).toBeGreaterThan(100)
    const errors = found.map(
      (value, i) => Math.abs(value - expected[i]) / Math.max(1, Math.abs(expected[i])),
    )
    expect(Math.max(...errors)).toBeLessThan(1e-4)
  })

  it('leaves cpu as it was: its kernels and its backend are of one copy', async () => {
    await setBackend('cpu')
    const updated = tensorScatterUpdate(tensor1d([1, 2, 3]), [[1]], tensor1d([5]))
    expect([...updated.dataSync()]).toEqual([1, 5, 3])
  })

  it('promises no bits', async () => {
    await setBackend('tensorflow')
    await using policy = new LocalPolicy(config, initializeModel(config, 0))
    expect(policy.capabilities.has('exact')).toBe(false)
  })
})
