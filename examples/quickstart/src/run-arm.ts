import { fileURLToPath } from 'node:url'
import { loadLocalPolicy } from '@icrl/backbone'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { train, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { MAX_TOKENS, type Arm } from './arms.ts'
import { chainTasks, type ChainTask } from './chain-task.ts'

/** The warm-started model, in Hugging Face layout. */
export const MODEL = fileURLToPath(new URL('../model/', import.meta.url))

const TRAINING_TASKS = 4096
const HELD_OUT_TASKS = 512

export interface RunArmOptions extends Pick<TrainOptions<ChainTask>, 'stop' | 'directory' | 'resume' | 'platform' | 'signal' | 'onStep' | 'onEvaluation' | 'onStart'> {
  readonly seed: number
  /** A Hugging Face folder; default: the warm-started model. */
  readonly model?: string
  /** Held-out questions of each evaluation; default 512. */
  readonly heldOut?: number
  /** Steps from one evaluation to the next; default 5. */
  readonly evaluateEvery?: number
}

/** Trains one arm from the warm-started model on the current backend. */
export async function runArm({ name, recipe, learningRate }: Arm, { heldOut = HELD_OUT_TASKS, evaluateEvery = 5, model = MODEL, ...options }: RunArmOptions): Promise<TrainResult> {
  await using policy = await loadLocalPolicy(model, { name: 'model', optimiser: { beta1: 0.9, beta2: 0.95, weightDecay: 0 } })
  const binding = { renderer: chatRenderer({ tokenizer: await loadTokenizer(model) }), sampling: { maxTokens: MAX_TOKENS, temperature: 1 }, policy: 'model' }
  return await train<ChainTask>({
    ...options,
    recipe,
    policies: { model: policy },
    roles: { solver: 'model', critic: 'model' },
    bindings: { solver: binding, critic: binding },
    tasks: chainTasks('train', TRAINING_TASKS),
    evaluation: { tasks: chainTasks('test', heldOut), every: evaluateEvery },
    optimiser: { learningRate, clipNorm: 1 },
    concurrency: 256,
    config: { example: 'quickstart', task: 'chain', arm: name },
  })
}
