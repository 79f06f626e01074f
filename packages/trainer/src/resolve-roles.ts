import {
  IcrlError,
  type Policy,
  type Recipe,
  type Scorer,
  type Snapshot,
  type Task,
} from '@icrl/core'
import type { Responder } from '@icrl/rollout'
import { recipesOf } from './step/recipe-at.ts'
import type { ReferenceSource, ReferenceSync, TrainOptions } from './train-options.ts'

/** What answers each role, and reference policies. Dispose of it to free the snapshots. */
export interface ResolvedRoles extends AsyncDisposable {
  /** What answers each role. */
  readonly responders: Readonly<Record<string, Responder>>
  /** The reference of each policy that has one, by the policy's name. */
  readonly references: Readonly<Record<string, Scorer>>
  /** Renews the references that are due before this step, from the policies as they are. */
  sync(step: number): Promise<void>
}

/**
 * Binds roles to policies, to snapshots of them (a frozen critic), or to what was given, and each
 * policy to its reference. Snapshots are of the policies' weights at the time of the call: the
 * initial ones.
 *
 * @throws `unsupported` if a snapshot is needed and the policy has none.
 */
export async function resolveRoles<T extends Task>(
  options: TrainOptions<T>,
): Promise<ResolvedRoles> {
  const { recipe, policies, roles } = options
  const snapshots = new Map<string, Snapshot>()
  const frozen = async (name: string, why: string, remedy: string): Promise<Snapshot> => {
    const taken = snapshots.get(name) ?? (await snapshotOf(policies[name], name, why, remedy))
    snapshots.set(name, taken)
    return taken
  }
  const responders: Record<string, Responder> = {}
  for (const [role, { by, policy }] of Object.entries(roles)) {
    const source = by ?? policy!
    if (typeof source !== 'string') responders[role] = source
    else
      responders[role] = recipe.roles?.[role]?.frozen
        ? await frozen(source, `the role "${role}" is frozen`, `Give roles.${role}.by, a sampler.`)
        : policies[source]
  }
  const references: Record<string, Scorer> = {}
  const followers = new Map<string, { readonly every: number; snapshot: Snapshot }>()
  for (const [name, source] of Object.entries(referenceSources(options))) {
    const [why, remedy] = [`references.${name} needs one`, `Give references.${name}, a scorer.`]
    if (typeof source === 'string') references[name] = await frozen(source, why, remedy)
    else if (!isSync(source)) references[name] = source
    else {
      const snapshot = await snapshotOf(policies[name], name, why, remedy)
      followers.set(name, { every: source.every, snapshot })
      references[name] = snapshot
    }
  }
  return {
    responders,
    references,
    async sync(step) {
      for (const [name, follower] of followers) {
        if (step === 0 || step % follower.every !== 0) continue
        const old = follower.snapshot
        references[name] = follower.snapshot = await policies[name].snapshot()
        await old[Symbol.asyncDispose]()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { snapshot } of followers.values()) await snapshot[Symbol.asyncDispose]()
      for (const snapshot of snapshots.values()) await snapshot[Symbol.asyncDispose]()
    },
  }
}

/**
 * Steps, ascending, whose weights the references before a step are taken from, without step 0: a
 * run that is resumed there needs the checkpoints of these steps.
 */
export function syncSteps(
  { references = {} }: Pick<TrainOptions, 'references'>,
  step: number,
): number[] {
  const last = Object.values(references).flatMap((source) =>
    isSync(source) ? [step - (step % source.every)] : [],
  )
  return [...new Set(last)].filter((at) => at > 0).sort((a, b) => a - b)
}

/**
 * Restores a run's policies as they were at a checkpoint, and the references as they were then.
 *
 * @param load restores the policies from the checkpoint of a step
 */
export async function restorePolicies<T extends Task>(
  options: Pick<TrainOptions<T>, 'references'>,
  roles: ResolvedRoles,
  step: number,
  load: (step: number) => Promise<void>,
): Promise<void> {
  for (const at of syncSteps(options, step)) {
    await load(at)
    await roles.sync(at)
  }
  await load(step)
}

function isSync(source: ReferenceSource): source is ReferenceSync {
  return typeof source === 'object' && 'every' in source
}

/** The references of a run by policy: those given, and where the recipe wants others, the start. */
function referenceSources<T extends Task>({
  recipe,
  policies,
  references = {},
}: TrainOptions<T>): Record<string, ReferenceSource> {
  const starts = recipesOf(recipe).some(wantsReference)
    ? Object.keys(policies).map((name) => [name, name])
    : []
  return { ...Object.fromEntries(starts), ...references }
}

/** True if every trained sample needs `referenceLogprobs`. */
function wantsReference({
  wantsReference: wants,
  objective,
}: Pick<Recipe, 'wantsReference' | 'objective'>): boolean {
  return wants === true || objective.wants?.reference === true
}

async function snapshotOf(
  policy: Policy,
  name: string,
  why: string,
  remedy: string,
): Promise<Snapshot> {
  if (policy.capabilities.has('snapshot')) return policy.snapshot()
  throw new IcrlError(`policy "${name}": it has no snapshots, but ${why}.`, {
    code: 'unsupported',
    remedy: `${remedy} Or use an engine with the capability "snapshot".`,
  })
}
