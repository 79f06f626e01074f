import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, runLayout, type Json, type Policy, type Snapshot } from '@icrl/core'
import { makeFolder, syncTree } from '../run/durable-files.ts'
import { canonicalJson } from '../run/json-text.ts'
import { damageOf, writeManifest } from '../run/manifest.ts'
import type { Kept } from './program-options.ts'
import { sha256 } from './step-folder.ts'

/** The weights that a program's policies have, and where they lie. */
export interface KeptWeights {
  /**
   * Where each policy's weights are from, by name: the step that wrote them and the checksum of what
   * it wrote.
   */
  origins(): Readonly<Record<string, Json>>
  /** Gives every policy the model that a training step wrote. */
  loadModel(step: string): Promise<void>
  /** Writes a policy's weights into the folder of a step. */
  write(folder: string, policy: string): Promise<void>
  /** Gives a policy the weights that a step kept of it. */
  restore(kept: Kept): Promise<void>
  /** A snapshot of weights that were the policy's when a step kept them, from `origin`. */
  frozen(kept: Kept, origin: Json): Promise<FrozenWeights>
}

/** A snapshot, and what wrote its weights. */
export interface FrozenWeights {
  readonly snapshot: Snapshot
  readonly origin: Json
}

/** Folder of the weights in the folder of a step that has some: as in a run's. */
const MODEL = runLayout('').model

/** @param directory the program's folder */
export function keptWeights(
  directory: string,
  policies: Readonly<Record<string, Policy>>,
): KeptWeights {
  const names = Object.keys(policies)
  const current = new Map<string, { readonly origin: Json; readonly folder?: string }>(
    names.map((name) => [name, { origin: { from: 'start' } }]),
  )
  const modelOf = (step: string): string => join(directory, step, MODEL)
  const load = async (policy: string, origin: Json, folder: string): Promise<void> => {
    await policies[policy].load(folder)
    current.set(policy, { origin, folder })
  }
  const restore = async ({ name, policy }: Kept): Promise<void> =>
    load(policy, await originIn(name, modelOf(name)), modelOf(name))
  return {
    origins: () => Object.fromEntries([...current].map(([name, { origin }]) => [name, origin])),
    async loadModel(step) {
      const model = modelOf(step)
      const origin = await originIn(step, model)
      for (const name of names)
        await load(name, origin, names.length === 1 ? model : join(model, name))
    },
    async write(folder, policy) {
      const model = join(folder, MODEL)
      await makeFolder(model)
      await policies[policy].save(model, { optimizer: false })
      await writeManifest(model, 0)
      await syncTree(model)
    },
    restore,
    async frozen(kept, origin) {
      const policy = policies[kept.policy]
      if (!policy.capabilities.has('snapshot'))
        throw new IcrlError(`the policy "${kept.policy}" has no snapshots.`, {
          code: 'unsupported',
          remedy: 'Use an engine with the capability "snapshot".',
        })
      const now = current.get(kept.policy)!
      const own = await originIn(kept.name, modelOf(kept.name))
      const isCurrent = [origin, own].some(
        (one) => canonicalJson(one) === canonicalJson(now.origin),
      )
      // A policy that still has the weights of the start has had no others.
      if (isCurrent || now.folder === undefined)
        return { snapshot: await policy.snapshot(), origin: own }
      await restore(kept)
      const snapshot = await policy.snapshot()
      await load(kept.policy, now.origin, now.folder)
      return { snapshot, origin: own }
    },
  }
}

/** @throws `corrupt-file` unless the weights are as they were written */
async function originIn(step: string, model: string): Promise<Json> {
  const trouble = await damageOf(model)
  if (trouble)
    throw new IcrlError(`weights of step "${step}": ${trouble}.`, {
      code: 'corrupt-file',
      remedy: `Restore the file. A step that trains writes its model again from its newest checkpoint if you delete ${model} and the step.json beside it; of a step that keeps, delete the whole folder, and those of the steps after it.`,
    })
  return { from: step, sha256: sha256(await readFile(join(model, 'manifest.json'), 'utf8')) }
}
