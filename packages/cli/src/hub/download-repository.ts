import { access, mkdir, readdir, rename, rm, symlink, writeFile, copyFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { bytesInWords, freeBytes } from '../config/disk-use.ts'
import { downloadFile, notWritten } from './download-file.ts'
import { repositoryFolders } from './hub-cache.ts'
import { hubFetch, TRIES, type Tries, unreachable } from './hub-fetch.ts'
import type { HubSettings } from './hub-settings.ts'
import { CARD, splitFiles } from './dataset-files.ts'
import type { DatasetSplit } from './dataset-name.ts'
import { type HubRepository, hubName, pathOnHub } from './hub-name.ts'
import { hasWeights, matchingFiles, neededFiles, type RepositoryFile } from './wanted-files.ts'

/** What a download will fetch. */
export interface DownloadPlan {
  readonly repository: HubRepository
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
  /** Patterns of paths, in place of what a model needs, or a data set's files of data. */
  readonly include?: readonly string[]
  /** Of a data set: the files of this part alone. */
  readonly part?: Pick<DatasetSplit, 'subset' | 'split'>
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
 * Asks the hub what a model or a data set consists of, and says what of it is to be fetched.
 *
 * @throws `unavailable` if the hub cannot be reached, gives no access, or is not to be asked;
 * `missing-file` if it has no such repository, revision or file; `unsupported` for a repository
 * without safetensors; `invalid-option` for a folder that exists
 */
export async function planDownload(
  settings: HubSettings,
  repository: HubRepository,
  { include, part, to }: DownloadChoice = {},
  { tries = TRIES, signal }: DownloadOptions = {},
): Promise<DownloadPlan> {
  if (settings.offline) throw notOnline(repository)
  const { commit, files } = await listRepository(settings, repository, tries, signal)
  const wanted =
    include !== undefined
      ? matchedFiles(repository, files, include)
      : repository.type === 'model'
        ? modelFiles(repository, files)
        : await datasetFiles(
            { repository, ...part },
            files,
            await cardOf(settings, repository, { commit, files }, { tries, signal }),
          )
  const { blobs, snapshots } = repositoryFolders(
    settings.cache,
    repository.repository,
    repository.type,
  )
  const folder = to === undefined ? join(snapshots, commit) : resolve(to)
  if (to !== undefined) await refuseExisting(to)
  const placed = wanted.map(async (file) => {
    const path =
      to === undefined ? join(blobs, file.checksum.value) : join(stage(folder), file.path)
    return { ...file, to: path, isThere: await exists(path) }
  })
  return { repository, commit, folder, files: await Promise.all(placed) }
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
      const url = fileUrl(settings, repository, commit, file.path)
      await downloadFile({ file, url, to: file.to, fetch, tries, signal: both, onBytes })
    }
  }
  // All of them end before this does: a later download must not find one of them still writing.
  await Promise.all(
    Array.from({ length: AT_ONCE }, () => work().catch((error: unknown) => stop.abort(error))),
  )
  if (stop.signal.aborted) throw stop.signal.reason
  const { type, repository: name, revision } = repository
  const { snapshots, refs } = repositoryFolders(settings.cache, name, type)
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

/** What a repository holds at a commit. */
interface ListedRepository {
  readonly commit: string
  readonly files: readonly RepositoryFile[]
}

async function listRepository(
  settings: HubSettings,
  repository: HubRepository,
  tries: Tries,
  signal: AbortSignal | undefined,
): Promise<ListedRepository> {
  const { datasetInfo, listFiles, modelInfo } = await import('@huggingface/hub')
  const { type, repository: name, revision } = repository
  const request = hubFetch(settings, repository, tries)
  const fetch: typeof request = (url, init) => request(url, { ...init, signal })
  const hub = { hubUrl: settings.endpoint, fetch }
  try {
    const { sha: commit } =
      type === 'model'
        ? await modelInfo({ ...hub, name, revision, additionalFields: ['sha'] })
        : await datasetInfo({ ...hub, name, revision, additionalFields: ['sha'] })
    const files: RepositoryFile[] = []
    for await (const entry of listFiles({
      ...hub,
      repo: { type, name },
      revision: commit,
      recursive: true,
    }))
      if (entry.type === 'file') files.push(fileOf(name, entry))
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
    `${repository}: the hub lists "${path}", which is not the path of a file with a checksum.`,
    {
      code: 'corrupt-file',
      remedy: 'Check HF_ENDPOINT; do not use this repository.',
    },
  )
}

/** @throws `missing-file` if no file matches */
function matchedFiles(
  { repository }: HubRepository,
  files: readonly RepositoryFile[],
  include: readonly string[],
): readonly RepositoryFile[] {
  const matched = matchingFiles(files, include)
  if (matched.length > 0) return matched
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
}

/** @throws `unsupported` for a repository without weights as safetensors */
function modelFiles(
  { repository }: HubRepository,
  files: readonly RepositoryFile[],
): readonly RepositoryFile[] {
  const needed = neededFiles(files)
  if (hasWeights(needed)) return needed
  const others = files
    .map(({ path }) => path)
    .filter((path) => /\.(bin|gguf|pt|pth|h5|msgpack|onnx|safetensors)$/.test(path))
  throw new IcrlError(
    `${repository} has no weights as safetensors of its own${
      others.length > 0 ? `, but ${others.slice(0, 3).join(', ')}` : ''
    }.`,
    {
      code: 'unsupported',
      remedy:
        'Use a repository with model.safetensors, or name the files with --include. For a data set: --dataset.',
    },
  )
}

/** The files of a split, or all files of data, and the card, which says what the splits are. */
async function datasetFiles(
  wanted: DatasetSplit,
  files: readonly RepositoryFile[],
  card: string,
): Promise<readonly RepositoryFile[]> {
  return [...files.filter(({ path }) => path === CARD), ...(await splitFiles(files, card, wanted))]
}

/** The text of a data set's card; empty where it has none. */
async function cardOf(
  settings: HubSettings,
  repository: HubRepository,
  { commit, files }: ListedRepository,
  { tries = TRIES, signal }: DownloadOptions,
): Promise<string> {
  if (!files.some(({ path }) => path === CARD)) return ''
  const fetch = hubFetch(settings, repository, tries)
  const response = await fetch(fileUrl(settings, repository, commit, CARD), { signal })
  return response.text()
}

/** Where the bytes of a file are. */
function fileUrl(
  { endpoint }: HubSettings,
  repository: HubRepository,
  commit: string,
  path: string,
): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/')
  return `${endpoint}/${pathOnHub(repository)}/resolve/${commit}/${escaped}`
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
    `${dirname(folder)}: ${bytesInWords(needed)} are to be downloaded, ${bytesInWords(free)} are free.`,
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

/** A repository that is in no cache, where nothing may be requested. */
function notOnline(repository: HubRepository): IcrlError {
  return new IcrlError(`${hubName(repository)} is not to be asked for: the hub is switched off.`, {
    code: 'unavailable',
    remedy:
      'Leave out --offline and HF_HUB_OFFLINE, or copy the folder from the cache of another machine.',
  })
}
