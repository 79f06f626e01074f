import { IcrlError, type Policy, type Scorer, type Snapshot, type Task } from '@icrl/core'
import type { Responder } from '@icrl/rollout'
import type { TrainOptions } from './train-options.ts'

/** What answers each role, and reference policies. Dispose of it to free the snapshots. */
export interface ResolvedRoles extends AsyncDisposable {
  /** What answers each role. */
  readonly responders: Readonly<Record<string, Responder>>
  /** Policies as they were when the run began, by name; empty if the recipe wants no reference. */
  readonly references: Readonly<Record<string, Scorer>>
}

/**
 * Binds roles to policies, to snapshots of them (a frozen critic), or to what was given. Snapshots
 * are of the policies' weights at the time of the call: the initial ones.
 *
 * @throws `unsupported` if a snapshot is needed and the policy has none.
 */
export async function resolveRoles<T extends Task>(
  options: TrainOptions<T>,
): Promise<ResolvedRoles> {
  const { recipe, policies, roles } = options
  const snapshots = new Map<string, Snapshot>()
  const frozen = async (name: string, why: string): Promise<Snapshot> => {
    const taken = snapshots.get(name) ?? (await snapshotOf(policies[name], name, why))
    snapshots.set(name, taken)
    return taken
  }
  const responders: Record<string, Responder> = {}
  for (const [role, { by, policy }] of Object.entries(roles)) {
    const source = by ?? policy!
    if (typeof source !== 'string') responders[role] = source
    else
      responders[role] = recipe.roles?.[role]?.frozen
        ? await frozen(source, `role "${role}" is frozen`)
        : policies[source]
  }
  const references: Record<string, Scorer> = {}
  if (recipe.wantsReference || recipe.objective.wantsReference) {
    for (const name of Object.keys(policies))
      references[name] = await frozen(name, `recipe "${recipe.name}" wants a reference policy`)
  }
  return {
    responders,
    references,
    async [Symbol.asyncDispose]() {
      for (const snapshot of snapshots.values()) await snapshot[Symbol.asyncDispose]()
    },
  }
}

async function snapshotOf(policy: Policy, name: string, why: string): Promise<Snapshot> {
  if (policy.capabilities.has('snapshot')) return policy.snapshot()
  throw new IcrlError(`policy "${name}": it has no snapshots, but ${why}.`, {
    code: 'unsupported',
    remedy: 'Use an engine with the capability "snapshot", or a recipe that does not need one.',
  })
}
