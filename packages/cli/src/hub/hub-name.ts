import { IcrlError } from '@icrl/core'

/** What a repository of the hub holds. */
export type RepositoryType = 'model' | 'dataset'

/** A repository of the hub, and a branch, tag or commit of it. */
export interface HubRepository {
  readonly type: RepositoryType
  /** `owner/name`, or `name` for a few old ones. */
  readonly repository: string
  readonly revision: string
}

const PREFIX = 'hf:'
const PART = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?'
const NAME = new RegExp(`^(?:${PART}/)?${PART}$`)
const OWNED = new RegExp(`^${PART}/${PART}(?:@.+)?$`)

/** Whether a name says that it is one of the hub: `hf:owner/name`. */
export function isHubName(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** Whether a path might be meant as a repository of the hub, if no such folder exists. */
export function mayBeHubName(path: string): boolean {
  return OWNED.test(path)
}

/**
 * Reads `owner/name`, with `@revision` and the prefix `hf:` if they are there; default revision:
 * `main`.
 *
 * @throws `invalid-option` for what is no repository's name
 */
export function parseHubName(text: string, type: RepositoryType = 'model'): HubRepository {
  const [repository, ...rest] = (isHubName(text) ? text.slice(PREFIX.length) : text).split('@')
  const revision = rest.length === 0 ? 'main' : rest.join('@')
  if (
    NAME.test(repository) &&
    !repository.includes('--') &&
    revision !== '' &&
    !/\s|\.\./.test(revision)
  )
    return { type, repository, revision }
  throw new IcrlError(`"${text}" is not the name of a repository of the Hugging Face hub.`, {
    code: 'invalid-option',
    remedy: 'Write owner/name, as in Qwen/Qwen3-0.6B, with @revision behind it if need be.',
  })
}

/** Where a repository's page is, below the hub's address. */
export function pathOnHub({ type, repository }: HubRepository): string {
  return type === 'dataset' ? `datasets/${repository}` : repository
}

/** The name as a command line or a configuration gives it. */
export function hubName({ repository, revision }: HubRepository): string {
  return `${repository}${revision === 'main' ? '' : `@${revision}`}`
}
