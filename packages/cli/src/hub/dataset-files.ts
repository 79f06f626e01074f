import { IcrlError } from '@icrl/core'
import { type DatasetSplit, datasetName } from './dataset-name.ts'
import { hubName } from './hub-name.ts'
import { matchingFiles } from './wanted-files.ts'

/** The file of a data set that says what it consists of. */
export const CARD = 'README.md'

/** Formats that rows are read from. */
const DATA = /\.(parquet|jsonl|jsonl\.gz)$/

/** A file that has a path within its repository. */
interface HasPath {
  readonly path: string
}

/** The files of a data set that rows can be read from, in order. */
export function dataFiles<File extends HasPath>(files: readonly File[]): File[] {
  return files
    .filter(({ path }) => DATA.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/**
 * The files of a split, in order: as the metadata of the data set's card says, or, where it names no
 * files, those whose path has the split as a word (`data/train-00000-of-00002.parquet`,
 * `main/test/0.jsonl`).
 *
 * @param card text of `README.md`, empty where there is none
 * @throws `missing-file` naming what there is; `invalid-option` if several subsets have the split and
 * none is named
 */
export async function splitFiles<File extends HasPath>(
  files: readonly File[],
  card: string,
  wanted: DatasetSplit,
): Promise<File[]> {
  const data = dataFiles(files)
  const found =
    wanted.split === undefined
      ? data
      : ((await declaredFiles(data, card, wanted)) ?? namedFiles(data, wanted))
  if (found.length > 0) return found
  const { repository } = wanted
  const some = data.slice(0, 6).map(({ path }) => path)
  throw new IcrlError(
    data.length === 0
      ? `${repository.repository} has no Parquet and no JSONL.`
      : `${datasetName(wanted)}: no file belongs to it.`,
    {
      code: 'missing-file',
      remedy:
        data.length === 0
          ? `Use the hub's own conversion: hf:${repository.repository}@refs/convert/parquet#subset/split.`
          : `There are: ${some.join(', ')}${data.length > some.length ? ', …' : ''}.`,
    },
  )
}

/** What a card says of a subset. */
interface DeclaredSubset {
  readonly config_name?: string
  readonly default?: boolean
  readonly data_dir?: string
  readonly data_files?: unknown
}

/** The files that the card declares for a split; undefined where it declares none of the subset. */
async function declaredFiles<File extends HasPath>(
  data: readonly File[],
  card: string,
  wanted: DatasetSplit,
): Promise<File[] | undefined> {
  const subsets = (await subsetsOf(card)).filter(({ data_files: files }) => files !== undefined)
  if (subsets.length === 0) return undefined
  const names = subsets.map(({ config_name: name }) => name ?? 'default')
  const chosen =
    wanted.subset === undefined
      ? (subsets.find((subset) => subset.default === true) ??
        subsets.find(({ config_name: name }) => name === 'default') ??
        (subsets.length === 1 ? subsets[0] : undefined))
      : subsets[names.indexOf(wanted.subset)]
  if (chosen === undefined) throw severalSubsets(wanted, names)
  const patterns = patternsOf(chosen.data_files, wanted.split!)
  const folder = chosen.data_dir === undefined ? '' : `${chosen.data_dir.replace(/\/$/, '')}/`
  return matchingFiles(
    data,
    patterns.map((pattern) => `${folder}${pattern}`),
  )
}

async function subsetsOf(card: string): Promise<readonly DeclaredSubset[]> {
  const front = /^---\r?\n([^]*?)\r?\n---/.exec(card)?.[1]
  if (front === undefined) return []
  const { parse } = await import('yaml')
  const { configs } = Object(parse(front)) as { configs?: unknown }
  return Array.isArray(configs) ? (configs as DeclaredSubset[]) : []
}

/** Patterns without a split are those of `train`, as in the library `datasets`. */
function patternsOf(declared: unknown, split: string): string[] {
  const entries = Array.isArray(declared) ? (declared as unknown[]) : [declared]
  return entries.flatMap((entry) => {
    const { split: of, path } =
      typeof entry === 'string'
        ? { split: 'train', path: entry }
        : (entry as { split?: string; path?: string | string[] })
    return of === split ? (path ?? []) : []
  })
}

/** Files whose path has the split, and the subset, as words. */
function namedFiles<File extends HasPath>(data: readonly File[], wanted: DatasetSplit): File[] {
  const { split, subset } = wanted
  const found = data.filter(({ path }) => {
    const words = path.split(/[^A-Za-z0-9]+/)
    const folders = path.split('/').slice(0, -1)
    return words.includes(split!) && (subset === undefined || folders.includes(subset))
  })
  const subsets = [
    ...new Set(
      found.map(({ path }) =>
        path
          .split('/')
          .slice(0, -1)
          .filter((folder) => folder !== 'data' && folder !== split)
          .join('/'),
      ),
    ),
  ]
  if (subset === undefined && subsets.length > 1) throw severalSubsets(wanted, subsets)
  return found
}

function severalSubsets(wanted: DatasetSplit, names: readonly string[]): IcrlError {
  const { repository, split, subset } = wanted
  return new IcrlError(
    subset === undefined
      ? `hf:${datasetName(wanted)}: the data set has several subsets.`
      : `hf:${datasetName(wanted)}: the data set has no subset "${subset}".`,
    {
      code: 'invalid-option',
      remedy: `Name one of ${names.slice(0, 8).join(', ')}: hf:${hubName(repository)}#${names[0]}/${split}.`,
    },
  )
}

/**
 * Refuses a split of which shards are missing: files called `…-00003-of-00008…`.
 *
 * @throws `missing-file`
 */
export function checkShards(files: readonly HasPath[], name: string): void {
  const counts = new Map<string, { count: number; of: number }>()
  for (const { path } of files) {
    const [, before, of] = /^(.*)-\d+-of-(\d+)/.exec(path) ?? []
    if (of === undefined) continue
    const key = `${before}/${of}`
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, of: Number(of) })
  }
  for (const { count, of } of counts.values())
    if (count !== of)
      throw new IcrlError(`hf:${name}: ${count} of its ${of} files are in the cache of the hub.`, {
        code: 'missing-file',
        remedy: `icrl download --dataset ${name}`,
      })
}
