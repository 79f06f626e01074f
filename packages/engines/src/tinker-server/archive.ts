import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createTar } from 'nanotar'

/** The optimizer's state and masters are no part of what is sampled from. */
const INTERNAL = /^(optimizer|masters)\b/

/** A checkpoint's weights and configuration as `.tar.gz`. */
export async function archiveOf(folder: string): Promise<Uint8Array> {
  const names = (await readdir(folder)).filter((name) => !INTERNAL.test(name)).sort()
  const files = names.map(async (name) => ({ name, data: await readFile(join(folder, name)) }))
  return gzipSync(createTar(await Promise.all(files)))
}
