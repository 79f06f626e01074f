/** The package's folder. */
export const root: string

/** Names the content of native/ and the flags it is compiled with. */
export function sourceHash(): string
