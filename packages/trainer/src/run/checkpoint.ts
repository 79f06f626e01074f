import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, runLayout, stepName, stepsIn, type Json } from '@icrl/core'
import { makeFolder, syncFolder, syncTree, writeDurably, writing } from './durable-files.ts'
import { canonicalJson } from './json-text.ts'
import { damageOf, writeManifest } from './manifest.ts'
import type { Checkpoint, CheckpointContent } from './run-store.ts'

/**
 * Writes `checkpoints/step-…`: the state, and each policy as it saves itself, with a manifest of
 * every file's size and checksum. All of it is written under a temporary name and synced before one
 * rename makes it exist; then `latest` names it and old ones are removed. If the step already has a
 * checkpoint, that stays as it is (the same step of the same run has the same bytes), and only what
 * a kill may have left undone behind it is made up for.
 *
 * @throws `write-failed`; earlier checkpoints stay.
 */
export async function writeCheckpoint(
  directory: string,
  { step, state, policies, keep, needs }: CheckpointContent,
): Promise<void> {
  const root = runLayout(directory).checkpoints
  const target = join(root, stepName(step))
  const temporary = join(root, `.tmp-${stepName(step)}`)
  if (!(await listCheckpoints(directory)).includes(step)) {
    await makeFolder(root)
    await discardingOnFailure(temporary, () =>
      writing(target, async () => {
        await rm(temporary, { recursive: true, force: true })
        for (const name of Object.keys(policies).sort()) {
          await makeFolder(join(temporary, 'policies', name))
          await policies[name].save(join(temporary, 'policies', name))
        }
        await writeDurably(join(temporary, 'state.json'), canonicalJson(state))
        await writeManifest(temporary, step)
        await syncTree(temporary)
        await rename(temporary, target)
        await syncFolder(root)
      }),
    )
  }
  await writeDurably(join(root, 'latest'), `${stepName(step)}\n`)
  await retire(root, keep, needs)
}

/** Removes what a failed write left behind, so that it does not fill the disk. */
async function discardingOnFailure(temporary: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

/** Steps done at the checkpoints of a run, oldest first. */
export async function listCheckpoints(directory: string): Promise<number[]> {
  return stepsIn(await readdir(runLayout(directory).checkpoints).catch(() => []))
}

/**
 * The newest checkpoint; undefined if there is none.
 *
 * @throws as `readCheckpoint`
 */
export async function readNewestCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  const newest = (await listCheckpoints(directory)).at(-1)
  return newest === undefined ? undefined : readCheckpoint(directory, newest)
}

/**
 * Reads a checkpoint's state after checking every file. Its `load` restores the policies.
 *
 * @throws `corrupt-file` naming the file, what is wrong with it, and the newest checkpoint that is
 * whole.
 */
export async function readCheckpoint(directory: string, step: number): Promise<Checkpoint> {
  const folder = join(runLayout(directory).checkpoints, stepName(step))
  await checkCheckpoint(directory, step)
  return {
    step,
    state: JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as Json,
    async load(policies) {
      for (const name of Object.keys(policies).sort())
        await policies[name].load(join(folder, 'policies', name))
    },
  }
}

/** @throws `corrupt-file` as `readCheckpoint` */
export async function checkCheckpoint(directory: string, step: number): Promise<void> {
  const trouble = await damageOf(join(runLayout(directory).checkpoints, stepName(step)), step)
  if (trouble) throw corrupt(trouble, await newestWhole(directory))
}

/** Steps done at the newest checkpoint that is whole; undefined if none is. */
export async function newestWhole(directory: string): Promise<number | undefined> {
  for (const step of (await listCheckpoints(directory)).reverse()) {
    if (!(await damageOf(join(runLayout(directory).checkpoints, stepName(step)), step))) return step
  }
  return undefined
}

/** Removes all but the newest checkpoints and those that they need, and what a crash left half-written. */
async function retire(
  root: string,
  keep: number,
  needs: CheckpointContent['needs'],
): Promise<void> {
  const entries = await readdir(root)
  const steps = stepsIn(entries)
  const kept = steps.slice(Math.max(0, steps.length - keep))
  const stay = new Set([...kept, ...kept.flatMap(needs)])
  const old = [
    ...steps.filter((step) => !stay.has(step)).map(stepName),
    ...entries.filter((entry) => entry.includes('.tmp-')),
  ]
  await writing(root, () =>
    Promise.all(old.map((entry) => rm(join(root, entry), { recursive: true, force: true }))),
  )
}

function corrupt(trouble: string, whole: number | undefined): IcrlError {
  const remedy =
    whole === undefined
      ? 'No older checkpoint is whole: delete the folder `checkpoints` to begin again at step 0.'
      : `The newest whole checkpoint is ${stepName(whole)}: delete the newer ones to resume from it.`
  return new IcrlError(`checkpoint: ${trouble}.`, { code: 'corrupt-file', remedy })
}
