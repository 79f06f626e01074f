import { type MemoryPlan, planMemory, plannedCacheRows } from '@icrl/backbone'
import { IcrlError, type Sample } from '@icrl/core'
import type { DescribedRun } from '../../config/build-run.ts'
import { dryPlay, type DrySession, type RolePrompts } from './dry-play.ts'

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
  /** Tokens of the longest prompt and its answer. */
  readonly longest: number
  /** Generations under way at once, at most. */
  readonly atOnce: number
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
  const { prompts, session } = await dryPlay(described)
  const { tasksPerStep, sessionsPerTask } = recipe.options as Record<string, unknown>
  const [tasks, each] = [count(tasksPerStep), count(sessionsPerTask)]
  const sessions = tasks !== undefined && each !== undefined ? tasks * each : undefined
  const roles = Object.entries(config.roles)
    .filter(([role]) => prompts.has(role))
    .map(([role, { sampling }]): RolePlan => ({
      role,
      prompt: prompts.get(role)?.length,
      answer: sampling.maxTokens,
      answers: (sessions ?? 1) * (session.answers.get(role) ?? 0),
    }))
  if (roles.length === 0)
    throw new IcrlError(`recipe "${recipe.name}" has no conditions, so that nothing was asked.`, {
      code: 'invalid-option',
      remedy: 'Give the recipe `evaluations`.',
    })
  const sizes = {
    sessions,
    sampled: sessions && sessions * session.sampled,
    rows: tasks && each && tasks * rowsOf(session, each),
    longest: session.longest,
    atOnce: Math.min(
      config.concurrency ?? 64,
      config.engine?.maxConcurrency ?? 256,
      sessions ?? Infinity,
    ),
  }
  return { roles, prompts, ...sizes, memory: memoryOf(described, sizes) }
}

/** Rows of one task's sessions: they share the prompt that they begin with, and no other. */
function rowsOf({ samples }: DrySession, sessions: number): number {
  const first = samples[0]?.trainedUnder.join()
  const isFirst = ({ trainedUnder }: Sample): boolean => trainedUnder.join() === first
  const responses = sum(samples, ({ response }) => response.length)
  const prompts = sum(samples, (sample) => (isFirst(sample) ? 0 : sample.trainedUnder.length))
  return sessions * (responses + prompts) + (samples[0]?.trainedUnder.length ?? 0)
}

function memoryOf(
  { config, engine }: DescribedRun,
  { rows, longest, atOnce }: Pick<RunPlan, 'rows' | 'longest' | 'atOnce'>,
): MemoryPlan | undefined {
  if (!engine.model) return undefined
  const { packTokens = 4096, cacheTokens, ...others } = config.engine ?? {}
  return planMemory(engine.model, {
    ...others,
    moments: config.optimizer.moments,
    // A sequence longer than a pack is one of its own.
    packRows: Math.max(longest, Math.min(packTokens, rows ?? packTokens)),
    cacheRows: plannedCacheRows(engine.model, { count: atOnce, tokens: longest, cacheTokens }),
    backend: config.backend,
    prefillRows: others.prefillTokens,
    staleness: config.asynchronous?.staleness,
  })
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
