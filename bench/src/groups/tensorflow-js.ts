import { selectBackend } from '@icrl/backbone'
import { matMul, randomNormal, setBackend } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { type Bench, figuresOf, type Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, type Side } from '../interleave.ts'
import { createPolicy, forwardFlops, MODELS } from '../models.ts'
import { trainItems, trainStep } from '../workload.ts'

const SIZES = [256, 512]
/**
 * A smaller batch than elsewhere: their rates hardly depend on it, and a step of 8,192 tokens takes
 * minutes there.
 */
const STEPS = {
  tensorflow: { batch: 16, length: 64, ratio: undefined },
  wasm: { batch: 16, length: 64, ratio: 20 },
  cpu: { batch: 2, length: 64, ratio: undefined },
} as const

type Backend = 'tensorflow' | 'wasm' | 'cpu'

const isThere = async (loading: Promise<unknown>): Promise<boolean> =>
  loading.then(
    () => true,
    () => false,
  )

/** Resolve to whether the backend is installed. */
const LOAD: Readonly<Record<Backend, () => Promise<boolean>>> = {
  tensorflow: () => isThere(selectBackend('tensorflow')),
  wasm: () => isThere(import('@tensorflow/tfjs-backend-wasm')),
  cpu: () => isThere(import('@tensorflow/tfjs-backend-cpu')),
}

/**
 * TensorFlow.js's own backends beside ours: products up to 512, and a training step of (a) by the
 * compositions of standard operations.
 */
export function tensorflowJs(backend: Backend): Group {
  return {
    name: `tensorflow-js-${backend}`,
    seconds: 120,
    run: async (bench) => {
      if (!(await LOAD[backend]()))
        return console.log(`TensorFlow.js ${backend} is not installed; it has no rows.`)
      for (const size of SIZES) await compareProducts(bench, backend, size)
      await compareSteps(bench, backend)
      await setBackend('native-cpu')
    },
  }
}

const on =
  (backend: string, run: () => unknown): Side =>
  async () => {
    await setBackend(backend)
    return secondsOf(run)
  }

async function compareProducts(bench: Bench, backend: Backend, size: number): Promise<void> {
  const operands = async (name: string): Promise<Tensor2D[]> => {
    await setBackend(name)
    return [1, 2].map((seed): Tensor2D => randomNormal([size, size], 0, 1, 'float32', seed))
  }
  const side = async (name: string): Promise<Side> => {
    const [a, b] = await operands(name)
    return on(name, () => {
      const product = matMul(a, b)
      product.dataSync()
      product.dispose()
    })
  }
  const found = await interleave(
    { ours: await side('native-cpu'), theirs: await side(backend) },
    { rounds: bench.quick ? 1 : 9, seconds: 15 },
  )
  const figures = figuresOf(found, (seconds) => (2 * size ** 3) / seconds / 1e9)
  bench.report({
    name: `matrix product ${size}, read back, beside TensorFlow.js ${backend}`,
    peer: `TensorFlow.js ${backend}`,
    unit: 'GFLOP/s',
    ...figures,
  })
}

async function compareSteps(bench: Bench, backend: Backend): Promise<void> {
  const { batch, length, ratio } = STEPS[backend]
  const side = async (name: string): Promise<Side> => {
    await setBackend(name)
    const policy = createPolicy(MODELS.a, { packTokens: 8192 })
    const items = trainItems(policy, { batch, prompt: 1, fresh: length, group: 1 })
    return on(name, () => trainStep(policy, items))
  }
  const found = await interleave(
    { ours: await side('native-cpu'), theirs: await side(backend) },
    { rounds: bench.quick ? 1 : 3, seconds: bench.left() / 2 },
  )
  const figures = figuresOf(found, (seconds) => (batch * length) / seconds)
  const flops = 3 * forwardFlops(MODELS.a, length)
  bench.report({
    name: `training step (a), ${batch} × ${length} tokens, beside TensorFlow.js ${backend}`,
    peer: `TensorFlow.js ${backend}`,
    unit: 'tokens/s',
    targets: ratio === undefined ? [] : [{ ratio }],
    ...figures,
    ...(figures.ours === undefined
      ? {}
      : { work: { limit: 'multiply-adds', perSecond: figures.ours * flops } }),
  })
}
