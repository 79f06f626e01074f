import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { writeDurably } from './durable-files.ts'
import { canonicalJson } from './json-text.ts'

/** Version of the layout of checkpoints and models. */
const VERSION = 1
const NAME = 'manifest.json'

interface Manifest {
  readonly version: number
  /** Steps done. */
  readonly step: number
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** Writes a manifest into a folder: the sizes and checksums of all files below it. */
export async function writeManifest(folder: string, step: number): Promise<void> {
  const files = await describeFiles(folder)
  await writeDurably(join(folder, NAME), canonicalJson({ version: VERSION, step, files }, 1))
}

/**
 * What is wrong with a folder that has a manifest, as file and reason; undefined if it is whole.
 */
export async function damageOf(folder: string, step?: number): Promise<string | undefined> {
  const path = join(folder, NAME)
  const manifest = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as Manifest,
    () => undefined,
  )
  if (!manifest || typeof manifest.files !== 'object') return `${path} is missing or not JSON`
  if (manifest.version !== VERSION)
    return `${path} is of version ${manifest.version}, this program reads version ${VERSION}`
  if (step !== undefined && manifest.step !== step) return `${path} is of step ${manifest.step}`
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (!found) return `${file} is missing`
    if (found.size !== bytes) return `${file} has ${found.size} bytes instead of ${bytes}`
    if ((await checksum(file)) !== sha256)
      return `${file} has another checksum than when it was written`
  }
  return undefined
}

async function describeFiles(
  folder: string,
): Promise<Record<string, { bytes: number; sha256: string }>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const described: Record<string, { bytes: number; sha256: string }> = {}
  for (const path of paths)
    described[relative(folder, path).replaceAll('\\', '/')] = {
      bytes: (await stat(path)).size,
      sha256: await checksum(path),
    }
  return described
}

async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
