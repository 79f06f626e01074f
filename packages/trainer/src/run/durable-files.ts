import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { IcrlError } from '@icrl/core'

/** Remedies by the system's error code; other codes get a general one. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free disk space, then resume the run.',
  EDQUOT: 'Your disk quota is used up: free space, then resume the run.',
  EROFS: 'The file system is read-only: choose another folder.',
  EACCES: 'The folder is not writable for you: choose another one or fix its permissions.',
  EPERM: 'The folder is not writable for you: choose another one or fix its permissions.',
  ENOTDIR: 'A file stands where a folder is needed: choose another folder.',
}

/**
 * Runs a file operation. If the system refuses it, the error is typed and names the path.
 *
 * @throws `write-failed`
 */
export async function writing<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    throw writeFailure(path, cause)
  }
}

/** The same for synchronous work, for hooks, which nobody awaits. */
export function writingNow<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    throw writeFailure(path, cause)
  }
}

/**
 * A typed error for what the system refused, even if that is a cause within other errors; any other
 * error as it is.
 */
function writeFailure(path: string, cause: unknown): unknown {
  const system = systemError(cause)
  if (!system) return cause
  return new IcrlError(`cannot write ${path}: ${system.message}.`, {
    code: 'write-failed',
    remedy:
      REMEDIES[system.code] ?? 'Fix the file system or choose another folder, then resume the run.',
    cause: system,
  })
}

function systemError(error: unknown): (Error & { readonly code: string }) | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)
    ? (error as Error & { code: string })
    : systemError(error.cause)
}

/**
 * Replaces a file as a whole: written beside it, synced, renamed, and the rename synced. A crash at
 * any instant leaves the old content or the new one.
 */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp-${randomBytes(6).toString('hex')}`
  await writing(path, async () => {
    try {
      await writeSynced(temporary, 'w', content)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw error
    }
    await syncFolder(dirname(path))
  })
}

/** Appends and syncs. A crash may leave a torn last line, which resuming removes. */
export async function appendDurably(path: string, content: string): Promise<void> {
  await writing(path, () => writeSynced(path, 'a', content))
}

/** Syncs every file below a folder, and the folders themselves. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else await syncPath(path, 'r+')
  }
  await syncFolder(folder)
}

/** Makes a folder's renames and new entries survive a crash. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await syncPath(folder, 'r')
}

/** Creates a folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await writing(path, () => makeFolders(path))
}

// Node's own recursive mkdir never returns below /proc, and reports a read-only file system as a
// missing folder.
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' && dirname(path) !== path && !(await isFolder(dirname(path)))) {
      await makeFolders(dirname(path))
      await mkdir(path)
    } else if (code !== 'EEXIST' || !(await isFolder(path))) throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function writeSynced(path: string, flags: 'w' | 'a', content: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.appendFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncPath(path: string, flags: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
