/** Compiles and links an addon into `file`; resolves to what the compiler said where it failed. */
export declare function compileTo(
  file: string,
  options: {
    /** Default: `native`. */
    readonly addon?: string
    /** Command and first arguments. */
    readonly compiler: readonly string[]
    /** Folder of node_api.h. */
    readonly includes: string
    readonly arch: string
    readonly flags?: readonly string[]
    readonly link: readonly string[]
    /** Hears 0 at first, then of each translation unit that is compiled. */
    readonly onUnit?: (done: number, total: number) => void
  },
): Promise<string | undefined>
