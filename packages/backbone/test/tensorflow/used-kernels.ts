import { engine } from '@tensorflow/tfjs-core'
import { initializeModel } from '../../src/initialize-model.ts'
import { LocalPolicy, type LocalPolicyOptions } from '../../src/local-policy.ts'
import { keepTrainable, keepWeight } from '../../src/weight-storage.ts'
import { tinyConfig } from '../tiny-config.ts'
import { RUNS, twoSteps } from '../two-layer-run.ts'

const config = tinyConfig()
const biased = tinyConfig({ model_type: 'qwen2', attention_bias: true, tie_word_embeddings: false })

/** Policies that take, between them, every path of the model and the optimizer. */
const POLICIES: readonly (() => LocalPolicy)[] = [
  ...Object.values(RUNS).map(
    (options: LocalPolicyOptions) => () =>
      new LocalPolicy(config, initializeModel(config, 0), options),
  ),
  () => new LocalPolicy(biased, initializeModel(biased, 0), { optimizer: { moments: 'bf16' } }),
  () => {
    const weights = [...initializeModel(config, 0)].map(
      ([name, weight]) => [name, keepTrainable(weight, 'bf16')] as const,
    )
    return new LocalPolicy(config, new Map(weights), { keep: 'attention' })
  },
  () => {
    const weights = [...initializeModel(config, 0)].map(
      ([name, weight]) => [name, keepWeight(weight, 'bf16')] as const,
    )
    return new LocalPolicy(config, new Map(weights), { adapter: { rank: 2 } })
  },
]

async function runAll(): Promise<void> {
  for (const create of POLICIES) {
    await using policy = create()
    await twoSteps(policy)
    const response = Int32Array.of(4, 5)
    const item = { prompt: Int32Array.of(1), response, temperature: 1 }
    await policy.score([item], { entropy: true, selfCertainty: true })
  }
}

type RunKernel = ReturnType<typeof engine>['runKernel']

/** Runs all with something around every kernel of TensorFlow.js, by its name. */
async function runAllAround(around: (name: string, run: () => never) => never): Promise<void> {
  const runKernel = engine().runKernel
  const wrapped: RunKernel = (name, ...rest) =>
    around(name, () => runKernel.call(engine(), name, ...rest) as never)
  engine().runKernel = wrapped
  try {
    await runAll()
  } finally {
    engine().runKernel = runKernel
  }
}

/** The kernels of TensorFlow.js that sampling, scoring and training use on the current backend. */
export async function usedKernels(): Promise<string[]> {
  const names = new Set<string>()
  await runAllAround((name, run) => {
    names.add(name)
    return run()
  })
  return [...names].sort()
}

/** TensorFlow's numbers of the types of an operation's attributes. */
export type OpTypes = Readonly<Record<string, number>>

interface Binding {
  executeOp: (name: string, attributes: readonly OpAttribute[], ...rest: unknown[]) => unknown
  readonly TF_ATTR_TYPE: number
}
interface OpAttribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/**
 * The same on backend `tensorflow`: which operations of TensorFlow each kernel executes, with the
 * types of their attributes.
 */
export async function usedOps(): Promise<Map<string, Map<string, OpTypes>>> {
  const found = new Map<string, Map<string, OpTypes>>()
  const backend = engine().backend as unknown as { binding: Binding }
  const { binding } = backend
  let kernel = 'none'
  const executeOp: Binding['executeOp'] = (name, attributes, ...rest) => {
    const typed = attributes.filter(({ type }) => type === binding.TF_ATTR_TYPE)
    const types = Object.fromEntries(typed.map((one) => [one.name, Number(one.value)]))
    const ops = found.get(kernel) ?? new Map<string, OpTypes>()
    found.set(kernel, ops.set(`${name} ${JSON.stringify(types)}`, types))
    return binding.executeOp(name, attributes, ...rest)
  }
  // Its own properties cannot be written.
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } }) as Binding
  try {
    await runAllAround((name, run) => {
      const outer = kernel
      kernel = name
      found.set(name, found.get(name) ?? new Map<string, OpTypes>())
      try {
        return run()
      } finally {
        kernel = outer
      }
    })
  } finally {
    backend.binding = binding
  }
  return found
}
