import { z } from 'zod'

const count = z.number().int().min(1)
const positive = z.number().positive()
const ratio = z.number().min(0).lt(1)
const nonNegative = z.number().min(0)
const callable = z.custom<(...input: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
)

const sampling = z.strictObject({
  maxTokens: count,
  temperature: nonNegative,
  topP: z.number().positive().max(1).optional(),
  topK: z.number().int().min(0).optional(),
})
const stop = z.union(
  [z.strictObject({ steps: count }), z.strictObject({ tokens: count })],
  'expected { steps } or { tokens }, a whole number of 1 or more',
)
const object = z.looseObject({})
const schedule = z.strictObject({
  peak: positive,
  warmup: z.number().int().min(0).optional(),
  decay: z.enum(['constant', 'linear', 'cosine']).optional(),
  steps: count.optional(),
  floor: nonNegative.optional(),
})
const sync = z.strictObject({ every: count })
const adapter = z.strictObject({
  rank: count,
  alpha: positive.optional(),
  targets: z.array(z.string()).min(1).optional(),
  rankStabilized: z.boolean().optional(),
  seed: z.int().optional(),
  base: z.string().optional(),
})

/** One set of held-out tasks, or several by name; `tasks` is how a set's tasks are given. */
function evaluationOf(tasks: z.ZodType): z.ZodType {
  const set = {
    repeats: count.optional(),
    sampling: z.record(z.string(), sampling.partial()).optional(),
  }
  const every = count.optional()
  return z
    .strictObject({
      every,
      ...set,
      tasks: tasks.optional(),
      sets: z.record(z.string(), z.strictObject({ ...set, tasks })).optional(),
    })
    .superRefine((given, context) => {
      const say = (message: string): void => context.addIssue({ code: 'custom', message })
      if (!given.sets && !given.tasks) say('expected tasks, or several sets of them as sets')
      if (!given.sets) return
      for (const name of ['tasks', 'repeats', 'sampling'] as const)
        if (given[name] !== undefined) say(`${name} beside sets: give it in each set`)
    })
}

const adam = {
  beta1: ratio.optional(),
  beta2: ratio.optional(),
  epsilon: positive.optional(),
  weightDecay: nonNegative.optional(),
  moments: z.enum(['float32', 'bf16', '8bit']).optional(),
}

/** What every configuration has, in whichever language it is written. */
const common = {
  model: z.string().min(1),
  backend: z.string().min(1).optional(),
  seed: z.number().int().optional(),
  stop,
  optimizer: z.strictObject({
    learningRate: z.union(
      [positive, schedule],
      'expected a number above 0, or a schedule: { peak, warmup?, decay?, steps?, floor? }',
    ),
    clipNorm: nonNegative.optional(),
    ...adam,
  }),
  skipNonFinite: z.boolean().optional(),
  asynchronous: z.strictObject({ staleness: z.number().int().min(0) }).optional(),
  correction: z
    .union([
      z.literal(false),
      z.strictObject({
        by: z.enum(['token', 'sequence', 'geometric-mean']).optional(),
        keep: z.enum(['truncate', 'mask']).optional(),
        low: nonNegative.optional(),
        high: positive.optional(),
        weigh: z.boolean().optional(),
      }),
    ])
    .optional(),
  concurrency: count.optional(),
  sessionTimeoutMs: positive.optional(),
  maxFailedSteps: count.optional(),
  checkpoints: z
    .strictObject({ every: count.optional(), keep: z.number().int().min(0).optional() })
    .optional(),
  renderer: z
    .strictObject({
      template: z.string().optional(),
      enableThinking: z.boolean().optional(),
      variables: object.optional(),
      date: z.string().optional(),
      stop: z.array(z.number().int().min(0)).optional(),
    })
    .optional(),
  adapters: z.record(z.string(), adapter).optional(),
  engine: z
    .strictObject({
      packTokens: count.optional(),
      maxConcurrency: count.optional(),
      cacheTokens: count.optional(),
      prefillTokens: count.optional(),
      panelBytes: z.int().min(0).optional(),
      keep: z.enum(['all', 'attention', 'inputs']).optional(),
      frozen: z.array(z.string()).optional(),
      weights: z.enum(['float32', 'bf16']).optional(),
      adapter: adapter.optional(),
    })
    .optional(),
}

const taskSource = z.union(
  [callable, z.array(z.looseObject({ id: z.string() })), z.string().min(1)],
  'expected a list of tasks with ids, a function that gives one, a file, or hf:owner/name#split',
)

const model = z.union(
  [z.string().min(1), callable],
  'expected the folder of a model, or a function that makes an engine',
)

/** A program: several models or one, and a script in place of a recipe. */
export const programConfigSchema: z.ZodObject = z.strictObject({
  model: z.union(
    [model, z.record(z.string(), model)],
    'expected the folder of a model, a function that makes an engine, or several by name',
  ),
  backend: common.backend,
  backendLoaders: z.record(z.string(), callable).optional(),
  roles: z.record(
    z.string(),
    z.strictObject({
      sampling,
      policy: z.string().optional(),
      by: z.union([z.string(), object]).optional(),
    }),
  ),
  seed: common.seed,
  optimizer: z.strictObject(adam).optional(),
  concurrency: common.concurrency,
  sessionTimeoutMs: common.sessionTimeoutMs,
  renderer: common.renderer,
  adapters: common.adapters,
  engine: common.engine,
  script: callable,
})

/** A configuration written in TypeScript or JavaScript: it holds functions. */
export const runConfigSchema: z.ZodObject = z.strictObject({
  ...common,
  model,
  recipe: z.union(
    [
      callable,
      z.looseObject({
        name: z.string(),
        collect: callable,
        advantages: callable,
        aggregation: callable,
        objective: object,
      }),
    ],
    'expected a recipe, or a function that makes one',
  ),
  backendLoaders: z.record(z.string(), callable).optional(),
  roles: z.record(
    z.string(),
    z.strictObject({ sampling, by: object.optional(), policy: z.string().optional() }),
  ),
  references: z.record(z.string(), z.union([sync, z.string(), object])).optional(),
  tasks: taskSource,
  evaluation: evaluationOf(taskSource).optional(),
})

/** A configuration written in JSON: method, task and verifier by name, data by file. */
export const jsonConfigSchema: z.ZodObject = z.strictObject({
  $schema: z.string().optional(),
  ...common,
  method: z.looseObject({ name: z.string() }, 'expected an object such as { "name": "icrl" }'),
  task: z.strictObject({
    verifier: z.string(),
    instructions: z.string().optional(),
    contextTokens: count.optional(),
  }),
  roles: z.record(z.string(), z.strictObject({ sampling, policy: z.string().optional() })),
  references: z.record(z.string(), z.union([sync, z.string()])).optional(),
  tasks: z.string().min(1),
  evaluation: evaluationOf(z.string().min(1)).optional(),
})
