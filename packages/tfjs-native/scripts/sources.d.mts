/** The package's folder. */
export const root: string

/** Names the content of native/ that an addon is made of and the flags it is compiled with. */
export function sourceHash(addon?: 'native' | 'cuda' | 'cuda-shim'): string

/** Names the content of native/ that a GPU's code is made of, and how it is compiled. */
export function deviceCodeHash(): string
