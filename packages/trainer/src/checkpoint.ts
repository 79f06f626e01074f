import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { IcrlError, type Json, type Policy } from '@icrl/core'
import { makeFolder, syncFolder, syncTree, writeDurably, writing } from './durable-files.ts'
import { canonicalJson } from './json-text.ts'

/** Version of the checkpoint's layout. */
const VERSION = 1
const NAME = /^step-(\d{5,})$/

interface Manifest {
  readonly version: number
  readonly step: number
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

export interface WriteCheckpointOptions {
  /** The run's folder. */
  readonly directory: string
  /** Steps done. */
  readonly step: number
  readonly state: Json
  readonly policies: Readonly<Record<string, Policy>>
  /** Newest checkpoints kept. */
  readonly keep: number
}

/** `step-00020` */
export function stepName(step: number): string {
  return `step-${String(step).padStart(5, '0')}`
}

/**
 * Writes `checkpoints/step-…`: state, and each policy as it saves itself, with a manifest of every file's size and checksum. All
 * of it is written under a temporary name and synced before one rename makes it exist; then `latest` names it and old ones go. A step
 * that has one is left as it is: the same step of the same run has the same bytes.
 *
 * @throws `write-failed`; earlier checkpoints stay.
 */
export async function writeCheckpoint({ directory, step, state, policies, keep }: WriteCheckpointOptions): Promise<void> {
  const root = join(directory, 'checkpoints')
  const target = join(root, stepName(step))
  const temporary = join(root, `.tmp-${stepName(step)}`)
  if ((await listCheckpoints(directory)).includes(step)) return
  await makeFolder(root)
  await writing(target, async () => {
    await rm(temporary, { recursive: true, force: true })
    for (const name of Object.keys(policies).sort()) {
      await makeFolder(join(temporary, 'policies', name))
      await policies[name].save(join(temporary, 'policies', name))
    }
    await writeDurably(join(temporary, 'state.json'), canonicalJson(state))
    const files = await describeFiles(temporary)
    await writeDurably(join(temporary, 'manifest.json'), canonicalJson({ version: VERSION, step, files }, 1))
    await syncTree(temporary)
    await rename(temporary, target)
    await syncFolder(root)
  })
  await writeDurably(join(root, 'latest'), `${stepName(step)}\n`)
  await retire(root, keep)
}

/** Steps of the checkpoints there are, oldest first. */
export async function listCheckpoints(directory: string): Promise<number[]> {
  const entries = await readdir(join(directory, 'checkpoints')).catch(() => [])
  return entries.flatMap((entry) => NAME.exec(entry)?.[1] ?? []).map(Number).sort((a, b) => a - b)
}

/** A checkpoint, checked: its state, and the policies' own files. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number
  readonly state: Json
  load(policies: Readonly<Record<string, Policy>>): Promise<void>
}

/**
 * The newest checkpoint; undefined where there is none.
 *
 * @throws as `readCheckpoint`
 */
export async function readNewestCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  const newest = (await listCheckpoints(directory)).at(-1)
  return newest === undefined ? undefined : readCheckpoint(directory, newest)
}

/**
 * A checkpoint's state, every file checked; `load` then restores the policies.
 *
 * @throws `corrupt-file` naming the file, what is wrong with it, and the newest checkpoint that is whole.
 */
export async function readCheckpoint(directory: string, step: number): Promise<Checkpoint> {
  const folder = join(directory, 'checkpoints', stepName(step))
  const trouble = await damageOf(folder, step)
  if (trouble) throw corrupt(trouble, await newestWhole(directory, (await listCheckpoints(directory)).filter((other) => other !== step)))
  return {
    step,
    state: JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as Json,
    async load(policies) {
      for (const name of Object.keys(policies).sort()) await policies[name].load(join(folder, 'policies', name))
    },
  }
}

async function newestWhole(directory: string, steps: readonly number[]): Promise<number | undefined> {
  for (const step of [...steps].reverse()) {
    if (!(await damageOf(join(directory, 'checkpoints', stepName(step)), step))) return step
  }
  return undefined
}

/** What is wrong with a checkpoint, file and reason; undefined where it is whole. */
async function damageOf(folder: string, step: number): Promise<string | undefined> {
  const path = join(folder, 'manifest.json')
  const manifest = await readFile(path, 'utf8').then((text) => JSON.parse(text) as Manifest, () => undefined)
  if (!manifest || typeof manifest.files !== 'object') return `${path} is missing or not JSON`
  if (manifest.version !== VERSION) return `${path} is of version ${manifest.version}, this program reads version ${VERSION}`
  if (manifest.step !== step) return `${path} is of step ${manifest.step}`
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (!found) return `${file} is missing`
    if (found.size !== bytes) return `${file} has ${found.size} bytes instead of ${bytes}`
    if ((await checksum(file)) !== sha256) return `${file} has another checksum than when it was written`
  }
  return undefined
}

async function describeFiles(folder: string): Promise<Record<string, { bytes: number; sha256: string }>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
  const described: Record<string, { bytes: number; sha256: string }> = {}
  for (const path of paths) described[relative(folder, path).replaceAll('\\', '/')] = { bytes: (await stat(path)).size, sha256: await checksum(path) }
  return described
}

async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The newest are kept; what a crash left half-written goes too. */
async function retire(root: string, keep: number): Promise<void> {
  const entries = await readdir(root)
  const steps = entries.filter((entry) => NAME.test(entry)).sort((a, b) => Number(NAME.exec(a)![1]) - Number(NAME.exec(b)![1]))
  const old = [...steps.slice(0, Math.max(0, steps.length - keep)), ...entries.filter((entry) => entry.startsWith('.tmp-'))]
  await writing(root, () => Promise.all(old.map((entry) => rm(join(root, entry), { recursive: true, force: true }))))
}

function corrupt(trouble: string, whole: number | undefined): IcrlError {
  const remedy = whole === undefined ? 'No older checkpoint is whole: delete the folder `checkpoints` to begin again at step 0.' : `The newest whole checkpoint is ${stepName(whole)}: delete the newer ones to resume from it.`
  return new IcrlError(`checkpoint: ${trouble}.`, { code: 'corrupt-file', remedy })
}
