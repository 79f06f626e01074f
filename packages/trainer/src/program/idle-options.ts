import type { Json, Recipe, Task } from '@icrl/core'
import { runConfig } from '../run/run-config.ts'
import type { TrainOptions } from '../train-options.ts'
import type { Setting } from './lab.ts'
import type { Step } from './step-folder.ts'

/** What a step that does not learn says of its sessions. */
type Given<T extends Task> = Partial<
  Pick<TrainOptions<T>, 'roles' | 'tasks' | 'evaluation' | 'config'> &
    Pick<TrainOptions<T>, 'concurrency' | 'sessionTimeoutMs'>
> & { readonly recipe?: Partial<Recipe<T>> }

/** Tasks of a step that takes none of a run's. */
const NO_TASKS: readonly Task[] = [{ id: 'none' }]

/**
 * A step that does not learn, as the options of a run of no steps: it is checked, and its roles are
 * bound, as a run's are.
 */
export function idleOptions<T extends Task>(
  { options: program, provenance }: Setting,
  { name, seed }: Step,
  { recipe, config = null, ...given }: Given<T>,
): TrainOptions<T> {
  const roles = { ...program.roles, ...given.roles }
  return {
    recipe: { ...idleRecipe(name), ...recipe },
    policies: program.policies,
    roles,
    tasks: given.tasks ?? (NO_TASKS as readonly T[]),
    evaluation: given.evaluation,
    seed,
    stop: { steps: 1 },
    optimizer: { learningRate: 1 },
    concurrency: given.concurrency ?? program.concurrency,
    sessionTimeoutMs: given.sessionTimeoutMs ?? program.sessionTimeoutMs,
    signal: program.signal,
    config: { program: { step: name, ...provenance({ roles }) }, config },
  }
}

/** What decides the bytes of a step that does not learn. */
export async function storedOptions<T extends Task>(
  options: TrainOptions<T>,
): Promise<
  Readonly<Record<'seed' | 'roles' | 'tasks' | 'evaluation' | 'sessionTimeoutMs' | 'config', Json>>
> {
  const { seed, roles, tasks, evaluation, sessionTimeoutMs, config } = (await runConfig(
    options,
  )) as Readonly<Record<string, Json>>
  return { seed, roles, tasks, evaluation, sessionTimeoutMs, config }
}

function idleRecipe<T extends Task>(name: string): Recipe<T> {
  return {
    name,
    options: null,
    collect: async () => [],
    advantages: () => [],
    aggregation: () => [],
    objective: { name: 'none', evaluate: () => [] },
  }
}
