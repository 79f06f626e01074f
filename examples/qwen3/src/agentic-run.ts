import type { Task } from '@icrl/core'
import { multiTurn } from '@icrl/rollout'
import type { RunConfig, RunConfigEvaluation, RunConfigSet } from 'icrl'
import { requireAll } from './needs.ts'
import { PAPER_AGENTIC, PUBLISHED, type Scale } from './published-values.ts'
import { type RunOf, runOf } from './run-of.ts'
import { type World, type WorldName, WORLDS, type WorldSource } from './worlds.ts'

/** What differs between the runs in environments. */
export interface AgenticRunOptions extends Pick<RunOf<Task>, 'model' | 'method' | 'changes'> {
  readonly world: WorldName
  /** Default: what `ICRL_ALFWORLD` and alike say. */
  readonly source?: WorldSource
  /** Default: the paper's. */
  readonly scale?: Scale
}

/** An environment as in the paper; test tasks are attempted once, greedily. */
export function agenticRun({
  model,
  method,
  changes,
  world: name,
  source = WORLDS[name](),
  scale = PAPER_AGENTIC,
}: AgenticRunOptions): RunConfig {
  let opened: Promise<World> | undefined
  const world = (): Promise<World> => (opened ??= openWorld(source))
  return runOf<Task>({
    model,
    method,
    changes,
    scale,
    attempt: async () =>
      multiTurn({
        environment: (await world()).environment,
        maxTurns: scale.maxTurns,
        maxRepeatedActions: PUBLISHED.maxRepeatedActions,
        contextTokens: scale.contextTokens,
      }),
    tasks: async () => tasksOf((await world()).train),
    evaluation: evaluationOf(source, world, scale),
  })
}

async function openWorld(source: WorldSource): Promise<World> {
  await requireAll(source.needs)
  return source.open()
}

function evaluationOf(
  { sets: names }: WorldSource,
  world: () => Promise<World>,
  { every, questions }: Scale,
): RunConfigEvaluation {
  const setOf = (set: string): RunConfigSet => ({
    tasks: async () => tasksOf((await world()).sets[set].slice(0, questions)),
    sampling: { solver: { temperature: 0 } },
  })
  return { every, sets: Object.fromEntries(names.map((set) => [set, setOf(set)])) }
}

function tasksOf(ids: readonly string[]): Task[] {
  return ids.map((id) => ({ id }))
}
