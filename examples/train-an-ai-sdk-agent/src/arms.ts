import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { AttemptProtocol, Recipe } from '@icrl/core'
import { agentAttempt, type AgentRun } from '@icrl/gateway'
import { languageModel } from '@icrl/gateway/ai'
import { grpo, icrl, type GrpoOptions } from '@icrl/recipes'
import type { LanguageModel } from 'ai'
import { defineRun, type RunConfig } from 'icrl'
import { clerk } from './agent.ts'
import { criticPrompt, parseAdvice } from './critic.ts'
import { isRight, shopTasks, type ShopTask } from './shop.ts'

/** The agent in process: its model reaches the gateway without a port. */
export const inProcess: AttemptProtocol<ShopTask> = clerkAttempt((run) => languageModel(run))

/** The agent over HTTP, with the AI SDK's own provider and a base URL. */
export const overHttp: AttemptProtocol<ShopTask> = clerkAttempt(
  ({ baseURL, apiKey }) => createOpenAICompatible({ name: 'icrl', baseURL, apiKey })('icrl'),
  true,
)

function clerkAttempt(
  modelOf: (run: AgentRun<ShopTask>) => LanguageModel,
  http = false,
): AttemptProtocol<ShopTask> {
  return agentAttempt<ShopTask>({
    run: async (run) => {
      const { task, signal } = run
      return isRight(await clerk(modelOf(run), task.question, signal), task) ? 1 : 0
    },
    http,
  })
}

/** What all arms share: model (as seen from `arms/`), questions, evaluation, optimizer. */
function shopRun(recipe: Recipe<ShopTask>): RunConfig<ShopTask> {
  return defineRun({
    model: '../model',
    recipe,
    // A call has up to 21 tokens; two pieces of advice have 15.
    roles: {
      solver: { sampling: { maxTokens: 32, temperature: 1 } },
      critic: { sampling: { maxTokens: 20, temperature: 1 } },
    },
    tasks: () => shopTasks('train'),
    evaluation: { tasks: () => shopTasks('held-out'), every: 5 },
    stop: { tokens: 120_000 },
    optimizer: { learningRate: 3e-4, clipNorm: 1, beta1: 0.9, beta2: 0.95, weightDecay: 0 },
    concurrency: 256,
  })
}

const common = { tasksPerStep: 8, minibatches: 2, clipLow: 0.2, clipHigh: 0.2 } as const

/** ICRL: 8 sessions per question; the same policy is clerk and critic. */
export function shopIcrl(): RunConfig<ShopTask> {
  return shopRun(
    icrl({
      ...common,
      attempt: inProcess,
      criticPrompt,
      parseCritique: parseAdvice,
      sessionsPerTask: 8,
    }),
  )
}

/** GRPO: 20 sessions per question, about as many sampled tokens per step as ICRL. */
export function shopGrpo(
  more: Partial<Pick<GrpoOptions<ShopTask>, 'attempt' | 'sessionsPerTask' | 'tasksPerStep'>> = {},
): RunConfig<ShopTask> {
  return shopRun(grpo({ ...common, attempt: inProcess, sessionsPerTask: 20, ...more }))
}
