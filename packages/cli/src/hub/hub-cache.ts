import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { HubRepository, RepositoryType } from './hub-name.ts'

/** The folders of a repository in the cache: the layout of `huggingface_hub`, which shares it. */
export interface RepositoryFolders {
  /** Contents, each under its checksum. */
  readonly blobs: string
  /** One folder a commit, of links to contents. */
  readonly snapshots: string
  /** Commits that branches and tags stood for when they were last downloaded. */
  readonly refs: string
}

/** Where a repository lies in the cache. */
export function repositoryFolders(
  cache: string,
  repository: string,
  type: RepositoryType = 'model',
): RepositoryFolders {
  const root = join(cache, `${type}s--${repository.replace('/', '--')}`)
  return {
    blobs: join(root, 'blobs'),
    snapshots: join(root, 'snapshots'),
    refs: join(root, 'refs'),
  }
}

const COMMIT = /^[0-9a-f]{40}$/

/** The folder of a repository's files in the cache; undefined if that revision was never downloaded. */
export async function cachedSnapshot(
  cache: string,
  { type, repository, revision }: HubRepository,
): Promise<string | undefined> {
  const { refs, snapshots } = repositoryFolders(cache, repository, type)
  const commit = COMMIT.test(revision)
    ? revision
    : await readFile(join(refs, revision), 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      )
  if (commit === undefined || !COMMIT.test(commit)) return undefined
  const folder = join(snapshots, commit)
  return stat(folder).then(
    (found) => (found.isDirectory() ? folder : undefined),
    () => undefined,
  )
}
