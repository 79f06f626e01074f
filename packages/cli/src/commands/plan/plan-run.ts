import { type MemoryPlan, planMemory } from '@icrl/backbone'
import { IcrlError } from '@icrl/core'
import type { DescribedRun } from '../../config/build-run.ts'
import { dryPrompts, type RolePrompts } from './dry-prompts.ts'

/** What a role costs in one step, at most. */
export interface RolePlan {
  readonly role: string
  /** Tokens of the first task's prompt; absent where nothing asked the role. */
  readonly prompt?: number
  /** Longest answer. */
  readonly answer: number
  /** Answers of one step at most. */
  readonly answers: number
}

/** A run before it begins. */
export interface RunPlan {
  readonly roles: readonly RolePlan[]
  readonly prompts: RolePrompts
  /** Sessions of one step, where the recipe says it. */
  readonly sessions?: number
  /** Tokens sampled in one step at most. */
  readonly sampled?: number
  /** Rows of one step's training passes at most. */
  readonly rows?: number
  /** Absent where the configuration makes its own engine. */
  readonly memory?: MemoryPlan
}

/** Counts a recipe may have among its options. */
const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/**
 * Works out a run's size from its configuration. What it says of a step is an upper bound: every
 * session fails to the end, and every answer is as long as it may be.
 */
export async function planRun(described: DescribedRun): Promise<RunPlan> {
  const { config, recipe } = described
  const prompts = await dryPrompts(described)
  const { tasksPerStep, sessionsPerTask, rounds } = recipe.options as Record<string, unknown>
  const [tasks, each] = [count(tasksPerStep), count(sessionsPerTask)]
  const sessions = tasks !== undefined && each !== undefined ? tasks * each : undefined
  const attempts = count(rounds) ?? 1
  const roles = Object.entries(config.roles)
    .filter(([role]) => prompts.has(role))
    .map(([role, { sampling }]): RolePlan => {
      const turns = role === 'solver' ? attempts : attempts - 1
      return {
        role,
        prompt: prompts.get(role)?.length,
        answer: sampling.maxTokens,
        answers: (sessions ?? 1) * Math.max(1, turns),
      }
    })
  if (roles.length === 0)
    throw new IcrlError(`recipe "${recipe.name}" has no conditions, so that nothing was asked.`, {
      code: 'invalid-option',
      remedy: 'Give the recipe `evaluations`.',
    })
  const sampled = sessions && sum(roles, ({ answer, answers }) => answer * answers)
  // Sessions of a task share their prompt; a critic's prompts all differ.
  const rows =
    sampled && sampled + sum(roles, ({ prompt = 0, answers }) => prompt * promptsOf(answers, each))
  return { roles, prompts, sessions, sampled, rows, memory: memoryOf(described, roles, rows) }

  function promptsOf(answers: number, shared: number | undefined): number {
    return shared === undefined ? answers : Math.ceil(answers / shared)
  }
}

function memoryOf(
  { config, engine }: DescribedRun,
  roles: readonly RolePlan[],
  rows: number | undefined,
): MemoryPlan | undefined {
  if (!engine.model) return undefined
  const {
    packTokens = 4096,
    maxConcurrency = 256,
    cacheTokens = 65_536,
    ...others
  } = config.engine ?? {}
  const atOnce = Math.min(config.concurrency ?? 64, maxConcurrency, mostAnswers(roles))
  const longest = Math.max(...roles.map(({ prompt = 0, answer }) => prompt + answer))
  const capacity = Math.ceil(longest / 32) * 32
  return planMemory(engine.model, {
    ...others,
    moments: config.optimizer.moments,
    packRows: Math.min(packTokens, rows ?? packTokens),
    cacheRows: Math.max(capacity, Math.min(cacheTokens, atOnce * capacity)),
    prefillRows: others.prefillTokens,
  })
}

function mostAnswers(roles: readonly RolePlan[]): number {
  return Math.max(...roles.map(({ answers }) => answers))
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
