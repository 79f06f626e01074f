/** A file of a repository. */
export interface RepositoryFile {
  /** Within the repository, with slashes. */
  readonly path: string
  readonly bytes: number
  /** What its contents must hash to: SHA-256 for large files, git's SHA-1 for others. */
  readonly checksum: { readonly algorithm: 'sha256' | 'git-sha1'; readonly value: string }
}

/** What a model needs besides its weights: configuration, tokenizer, chat templates. */
const NEEDED =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template|adapter_config)\.json$|^(merges\.txt|tokenizer\.model|chat_template\.jinja)$|^additional_chat_templates\/[^/]+\.jinja$/
const ADAPTER = 'adapter_model.safetensors'
const WHOLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const SHARD = /^model-\d+-of-\d+\.safetensors$/

/**
 * The files that are needed to run and train a model: one set of weights, as safetensors, and what
 * belongs to them. No weights of other formats, no figures, no READMEs.
 */
export function neededFiles(files: readonly RepositoryFile[]): RepositoryFile[] {
  const has = (name: string): boolean => files.some(({ path }) => path === name)
  const isWeight = (path: string): boolean =>
    path === ADAPTER || (has(WHOLE) ? path === WHOLE : path === INDEX || SHARD.test(path))
  return files.filter(({ path }) => NEEDED.test(path) || isWeight(path))
}

/** Whether some of the files are weights that can be loaded. */
export function hasWeights(files: readonly RepositoryFile[]): boolean {
  return files.some(({ path }) => path.endsWith('.safetensors'))
}

/** Files whose path matches one of the patterns, in which `*` stands for anything. */
export function matchingFiles<File extends Pick<RepositoryFile, 'path'>>(
  files: readonly File[],
  patterns: readonly string[],
): File[] {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      ),
  )
  return files.filter(({ path }) => expressions.some((expression) => expression.test(path)))
}
