/** What `buildAddon` did; `message` is one line for the user. */
export interface BuildResult {
  /** Absent where the addon could not be built. */
  readonly file?: string
  readonly built?: boolean
  readonly message?: string
  /** What the compiler said. */
  readonly output?: string
}

export function buildAddon(options?: {
  addon?: 'native' | 'cuda' | 'cuda-shim'
  force?: boolean
  quiet?: boolean
}): Promise<BuildResult>
