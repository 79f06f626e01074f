import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { IcrlError, isIcrlError } from '@icrl/core'
import { backoff, type Tries, unreachable } from './hub-fetch.ts'
import type { RepositoryFile } from './wanted-files.ts'

/** A file to download, from where and to where. */
export interface Download {
  readonly file: RepositoryFile
  readonly url: string
  /** Appears when it is complete and its checksum right. */
  readonly to: string
  readonly fetch: typeof fetch
  readonly tries: Tries
  readonly signal: AbortSignal
  /** Told the bytes that came since the last call; those that were there already first. */
  onBytes(count: number): void
}

/**
 * Downloads a file, or the rest of it where an earlier download stopped: a part lies beside it as
 * `NAME.PROCESS.incomplete`, and whoever finds one of a process that has ended goes on with it.
 *
 * @throws `unavailable` if the connection is lost too often, `corrupt-file` for a wrong checksum
 * (the part is removed), `write-failed`
 */
export async function downloadFile(download: Download): Promise<void> {
  const { file, to } = download
  await mkdir(dirname(to), { recursive: true }).catch(notWritten(to))
  const part = `${to}.${process.pid}.incomplete`
  await takeOver(to, part)
  const hash = hashOf(file)
  const handle = await open(part, 'a').catch(notWritten(to))
  try {
    await receive(download, handle, hash, await hashPart(download, handle, part, hash))
    await handle.sync().catch(notWritten(to))
  } finally {
    await handle.close()
  }
  if (hash.digest('hex') !== file.checksum.value) {
    await rm(part, { force: true })
    throw new IcrlError(
      `${file.path}: what was downloaded has another checksum than the hub says.`,
      {
        code: 'corrupt-file',
        remedy: 'Download it again; a proxy or mirror in between may have changed it.',
      },
    )
  }
  await rename(part, to).catch(notWritten(to))
}

/** Takes the largest part that an ended process left, and removes no other. */
async function takeOver(to: string, part: string): Promise<void> {
  const [folder, name] = [dirname(to), basename(to)]
  const parts: { path: string; size: number }[] = []
  for (const entry of await readdir(folder).catch(notWritten(to))) {
    const owner = entry.startsWith(`${name}.`) && /\.(?:(\d+)\.)?incomplete$/.exec(entry)
    if (!owner || isRunning(Number(owner[1] ?? 0))) continue
    const path = join(folder, entry)
    parts.push({ path, size: (await stat(path)).size })
  }
  const [largest] = parts.sort((a, b) => b.size - a.size)
  if (largest !== undefined && largest.path !== part) await rename(largest.path, part)
}

function isRunning(processId: number): boolean {
  if (processId === 0 || processId === process.pid) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function hashOf({ bytes, checksum }: RepositoryFile): Hash {
  return checksum.algorithm === 'sha256'
    ? createHash('sha256')
    : createHash('sha1').update(`blob ${bytes}\0`)
}

/** Hashes what is there already; returns how much that is. A part that is too long begins anew. */
async function hashPart(
  { file, to, onBytes }: Download,
  handle: FileHandle,
  part: string,
  hash: Hash,
): Promise<number> {
  const { size } = await handle.stat()
  if (size > file.bytes) {
    await handle.truncate(0).catch(notWritten(to))
    return 0
  }
  if (size > 0) for await (const chunk of createReadStream(part)) hash.update(chunk as Buffer)
  onBytes(size)
  return size
}

/** Receives the rest, over as many connections as it takes. */
async function receive(
  download: Download,
  handle: FileHandle,
  hash: Hash,
  from: number,
): Promise<void> {
  const { file, url, to, tries, signal, onBytes } = download
  let [done, failures] = [from, 0]
  while (done < file.bytes) {
    try {
      for await (const chunk of bytesFrom(download, done)) {
        await handle.write(chunk).catch(notWritten(to))
        hash.update(chunk)
        done += chunk.length
        failures = 0
        onBytes(chunk.length)
        if (done > file.bytes) break
      }
      if (done < file.bytes)
        throw new Error(`the connection ended after ${done} of ${file.bytes} bytes`)
    } catch (error) {
      signal.throwIfAborted()
      if (isIcrlError(error)) throw error
      if (++failures >= tries.most) throw unreachable(error, new URL(url))
      await pause(backoff(failures, tries), undefined, { signal })
    }
  }
}

/** The bytes of a file from one on, also from a server that always sends all of it. */
async function* bytesFrom(
  { url, fetch, signal }: Download,
  from: number,
): AsyncGenerator<Uint8Array> {
  const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) }
  const response = await fetch(url, { headers, signal })
  let skipped = response.status === 206 ? from : 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    const rest = chunk.subarray(Math.min(chunk.length, from - skipped))
    skipped += chunk.length - rest.length
    if (rest.length > 0) yield rest
  }
}

/** @throws `write-failed`, with what the system says */
export function notWritten(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new IcrlError(`${path} cannot be written: ${(cause as Error).message}.`, {
      code: 'write-failed',
      remedy:
        'Free space on the disk, or keep the cache elsewhere (HF_HUB_CACHE); what was downloaded is kept.',
      cause,
    })
  }
}
