import { access, mkdir, readdir, rename, rm, symlink, writeFile, copyFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { bytesInWords, freeBytes } from '../config/disk-use.ts'
import { downloadFile, notWritten } from './download-file.ts'
import { repositoryFolders } from './hub-cache.ts'
import { hubFetch, TRIES, type Tries, unreachable } from './hub-fetch.ts'
import type { HubSettings } from './hub-settings.ts'
import { type HubModel, hubName } from './model-name.ts'
import { hasWeights, matchingFiles, neededFiles, type RepositoryFile } from './wanted-files.ts'

/** What a download will fetch. */
export interface DownloadPlan {
  readonly repository: string
  /** The commit that the revision stands for. */
  readonly commit: string
  /** The folder that will hold the files, complete. */
  readonly folder: string
  readonly files: readonly PlannedFile[]
}

/** A file of a plan. */
export interface PlannedFile extends RepositoryFile {
  /** Where its bytes go. */
  readonly to: string
  readonly isThere: boolean
}

/** Which files, and where to. */
export interface DownloadChoice {
  /** Patterns of paths, in place of what a model needs. */
  readonly include?: readonly string[]
  /** A folder that does not exist yet, in place of the cache. */
  readonly to?: string
}

/** How a download runs. */
export interface DownloadOptions {
  readonly tries?: Tries
  readonly signal?: AbortSignal
  /** Told of bytes as they come, and of those that an earlier download left. */
  onBytes?(count: number): void
}

/**
 * Asks the hub what a model consists of, and says what of it is to be fetched.
 *
 * @throws `unavailable` if the hub cannot be reached, gives no access, or is not to be asked;
 * `missing-file` if it has no such repository, revision or file; `unsupported` for a repository
 * without safetensors; `invalid-option` for a folder that exists
 */
export async function planDownload(
  settings: HubSettings,
  model: HubModel,
  { include, to }: DownloadChoice = {},
  { tries = TRIES, signal }: DownloadOptions = {},
): Promise<DownloadPlan> {
  if (settings.offline) throw notOnline(model)
  const { commit, files } = await listRepository(settings, model, tries, signal)
  const wanted = include === undefined ? neededFiles(files) : matchingFiles(files, include)
  refuseUseless(model, files, wanted, include)
  const { blobs, snapshots } = repositoryFolders(settings.cache, model.repository)
  const folder = to === undefined ? join(snapshots, commit) : resolve(to)
  if (to !== undefined) await refuseExisting(to)
  const placed = wanted.map(async (file) => {
    const path =
      to === undefined ? join(blobs, file.checksum.value) : join(stage(folder), file.path)
    return { ...file, to: path, isThere: await exists(path) }
  })
  return { repository: model.repository, commit, folder, files: await Promise.all(placed) }
}

/** What is to be fetched, smallest first: contents that several files share only once. */
export function missingContents(files: readonly PlannedFile[]): readonly PlannedFile[] {
  const missing = files.filter(({ isThere }) => !isThere)
  const each = new Map(missing.map((file) => [file.to, file]))
  return [...each.values()].sort((a, b) => a.bytes - b.bytes)
}

/** Files that are downloaded at the same time. */
const AT_ONCE = 4

/**
 * Fetches what a plan names. The folder appears when all of it is there; what a download that
 * failed has fetched is kept, and the next one goes on with it.
 *
 * @returns the folder
 * @throws as `downloadFile`; `write-failed` if the disk is too small
 */
export async function runDownload(
  settings: HubSettings,
  { revision }: HubModel,
  { repository, commit, folder, files }: DownloadPlan,
  { tries = TRIES, signal, onBytes = () => undefined }: DownloadOptions = {},
): Promise<string> {
  const missing = missingContents(files)
  await checkSpace(folder, missing)
  const stop = new AbortController()
  const both = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])])
  const fetch = hubFetch(settings, repository, tries)
  const queue = missing.values()
  const work = async (): Promise<void> => {
    for (const file of queue) {
      const path = file.path.split('/').map(encodeURIComponent).join('/')
      const url = `${settings.endpoint}/${repository}/resolve/${commit}/${path}`
      await downloadFile({ file, url, to: file.to, fetch, tries, signal: both, onBytes })
    }
  }
  await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      work().catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
    ),
  )
  const { snapshots, refs } = repositoryFolders(settings.cache, repository)
  if (dirname(folder) !== snapshots) {
    await rename(stage(folder), folder).catch(notWritten(folder))
    return folder
  }
  await linkSnapshot(folder, files)
  if (revision !== commit) {
    await mkdir(dirname(join(refs, revision)), { recursive: true }).catch(notWritten(refs))
    await writeFile(join(refs, revision), commit).catch(notWritten(refs))
  }
  return folder
}

/** Where the files of a folder outside the cache lie until all are there. */
function stage(folder: string): string {
  return `${folder}.incomplete`
}

/** Links a commit's files to their contents: under another name first, if the folder is new. */
async function linkSnapshot(folder: string, files: readonly PlannedFile[]): Promise<void> {
  const isNew = !(await exists(folder))
  const place = isNew ? `${folder}.${process.pid}.incomplete` : folder
  try {
    for (const { path, to } of files) {
      const link = join(place, path)
      if (await exists(link)) continue
      await mkdir(dirname(link), { recursive: true })
      // Where links are not allowed (Windows without developer mode), a copy does.
      await symlink(relative(dirname(link), to), link).catch(() => copyFile(to, link))
    }
    if (isNew) await rename(place, folder)
  } catch (cause) {
    if (isNew) await rm(place, { recursive: true, force: true })
    if (isNew && (await exists(folder))) return
    notWritten(folder)(cause)
  }
}

async function listRepository(
  settings: HubSettings,
  { repository, revision }: HubModel,
  tries: Tries,
  signal: AbortSignal | undefined,
): Promise<{ commit: string; files: RepositoryFile[] }> {
  const { listFiles, modelInfo } = await import('@huggingface/hub')
  const request = hubFetch(settings, repository, tries)
  const fetch: typeof request = (url, init) => request(url, { ...init, signal })
  const hub = { hubUrl: settings.endpoint, fetch }
  try {
    const info = await modelInfo({ ...hub, name: repository, revision, additionalFields: ['sha'] })
    const commit = info.sha
    const files: RepositoryFile[] = []
    for await (const entry of listFiles({
      ...hub,
      repo: repository,
      revision: commit,
      recursive: true,
    }))
      if (entry.type === 'file') files.push(fileOf(repository, entry))
    return { commit, files }
  } catch (error) {
    if (isIcrlError(error) || signal?.aborted) throw error
    throw unreachable(error, new URL(settings.endpoint))
  }
}

interface Entry {
  readonly path: string
  readonly size: number
  readonly oid?: string
  readonly lfs?: { readonly oid: string; readonly size: number }
}

/** @throws `corrupt-file` for a path that leads out of the repository, or no checksum */
function fileOf(repository: string, { path, size, oid, lfs }: Entry): RepositoryFile {
  const isSafe =
    path.split('/').every((part) => !['', '.', '..'].includes(part)) && !/[\\:]/.test(path)
  const checksum = lfs
    ? ({ algorithm: 'sha256', value: lfs.oid } as const)
    : ({ algorithm: 'git-sha1', value: oid ?? '' } as const)
  if (isSafe && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum.value))
    return { path, bytes: lfs?.size ?? size, checksum }
  throw new IcrlError(
    `${repository}: the hub lists "${path}", which is no path of a file with a checksum.`,
    {
      code: 'corrupt-file',
      remedy: 'Check HF_ENDPOINT; do not use this repository.',
    },
  )
}

function refuseUseless(
  { repository }: HubModel,
  files: readonly RepositoryFile[],
  wanted: readonly RepositoryFile[],
  include: readonly string[] | undefined,
): void {
  if (include !== undefined && wanted.length === 0)
    throw new IcrlError(
      `${repository}: none of its ${files.length} files matches ${include.join(', ')}.`,
      {
        code: 'missing-file',
        remedy: `It has, for example: ${files
          .slice(0, 5)
          .map(({ path }) => path)
          .join(', ')}.`,
      },
    )
  if (include !== undefined || hasWeights(wanted)) return
  const others = files.filter(({ path }) =>
    /\.(bin|gguf|pt|pth|h5|msgpack|onnx|safetensors)$/.test(path),
  )
  throw new IcrlError(
    `${repository} has no weights as safetensors of its own${
      others.length > 0
        ? `, but ${others
            .slice(0, 3)
            .map(({ path }) => path)
            .join(', ')}`
        : ''
    }.`,
    {
      code: 'unsupported',
      remedy: 'Use a repository with model.safetensors, or name the files with --include.',
    },
  )
}

async function refuseExisting(to: string): Promise<void> {
  const entries = await readdir(to).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : [''],
  )
  if (entries === undefined) return
  throw new IcrlError(`${to} exists already.`, {
    code: 'invalid-option',
    remedy: 'Name a folder that does not exist, or remove it.',
  })
}

/** @throws `write-failed` if fewer bytes are free than are to come */
async function checkSpace(folder: string, missing: readonly PlannedFile[]): Promise<void> {
  const needed = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  const free = await freeBytes(dirname(folder))
  if (free === undefined || needed <= free) return
  throw new IcrlError(
    `${dirname(folder)}: ${bytesInWords(needed)} are to come, ${bytesInWords(free)} are free.`,
    {
      code: 'write-failed',
      remedy: 'Free space on the disk, or keep the cache elsewhere (HF_HUB_CACHE).',
    },
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A model that is in no cache, where nothing may be requested. */
function notOnline(model: HubModel): IcrlError {
  return new IcrlError(`${hubName(model)} is not to be asked for: the hub is switched off.`, {
    code: 'unavailable',
    remedy: 'Leave out --offline and HF_HUB_OFFLINE, or copy the folder of the model here.',
  })
}
